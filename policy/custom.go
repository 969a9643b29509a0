package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/originbom/originbom/sbom"
)

// This file judges custom conditions, written in CEL. An expression gives a
// bool and sees, of the component or the device:
//
//	facts   map of fact to its values at the rule's grade:  facts.manufactured.all(c, c == "KR")
//	state   map of fact to known, unknown, withheld, weak or conflict
//	part    map with ref, name, kind, category, version, quantity (a number as text), supplier
//	date    the judging date, as text
//
// Under require, true is a pass and false a fail; under deny the other way
// round. A fact that is not known, is too weak or in conflict, and a field of
// part that nobody told, is unknown to CEL: an expression whose answer hangs on
// it has no answer, and the finding is the rule's on-unknown, on-weak or
// on-conflict. So unknown never turns into false. Whoever wants to decide about
// it says so, by state.
//
// The loader refuses what could hide an unknown: has(), which makes it false,
// and an expression that passes when nothing at all is known.

const (
	// maxCEL bounds an expression in characters: longer ones are programs that
	// no officer can read.
	maxCEL = 4096
	// maxCELCost bounds one evaluation, in CEL's units of about one step.
	maxCELCost = 100_000
	// maxCELDepth bounds nesting.
	maxCELDepth = 64
)

// partFields are the fields of part.
var partFields = []string{"ref", "name", "kind", "category", "version", "quantity", "supplier"}

// A program is a compiled condition.
type program struct {
	run   cel.Program
	facts []string // the facts whose values it looks at
	sees  []string // the facts of which it can see anything
	parts []string // the fields of part that it can see
	deny  bool
}

// compile reads an expression and refuses one that could hide an unknown.
func compile(src string, deny bool) (*program, error) {
	switch {
	case strings.TrimSpace(src) == "":
		return nil, errors.New("the expression is empty: write, for example, facts.manufactured.all(c, c == \"KR\")")
	case len(src) > maxCEL:
		return nil, fmt.Errorf("the expression has %d characters; the limit is %d", len(src), maxCEL)
	}
	texts := cel.MapType(cel.StringType, cel.StringType)
	env, err := cel.NewEnv(
		cel.Variable("facts", cel.MapType(cel.StringType, cel.ListType(cel.StringType))), cel.Variable("state", texts),
		cel.Variable("part", texts), cel.Variable("date", cel.StringType),
		cel.ParserExpressionSizeLimit(maxCEL), cel.ParserRecursionLimit(maxCELDepth),
	)
	if err != nil {
		return nil, err
	}
	parsed, issues := env.Compile(src)
	if issues.Err() != nil {
		return nil, fmt.Errorf("%s: known are facts, state, part and date", strings.ReplaceAll(issues.Err().Error(), "\n", " "))
	}
	if parsed.OutputType() != cel.BoolType {
		return nil, fmt.Errorf("the expression gives a %s: it must give true or false", parsed.OutputType())
	}
	p := &program{deny: deny}
	if err := p.inspect(parsed.NativeRep()); err != nil {
		return nil, err
	}
	if p.run, err = env.Program(parsed, cel.EvalOptions(cel.OptPartialEval), cel.CostLimit(maxCELCost), cel.InterruptCheckFrequency(100)); err != nil {
		return nil, err
	}
	return p, p.probe()
}

// inspect collects the facts that an expression names and refuses has() and
// names of facts and fields that do not exist.
func (p *program) inspect(tree *ast.AST) error {
	var err error
	whole := 0 // mentions of facts, state and part that are not of one name
	field := func(of ast.Expr, name string) {
		if of.Kind() != ast.IdentKind {
			return
		}
		switch root := of.AsIdent(); {
		case (root == "facts" || root == "state") && !isFact(name):
			err = fmt.Errorf("%s.%s: there is no fact %q: known are %s", root, name, name, strings.Join(factNames(), ", "))
		case root == "part" && !slices.Contains(partFields, name):
			err = fmt.Errorf("part.%s: there is no such field: known are %s", name, strings.Join(partFields, ", "))
		case root == "facts":
			p.facts, p.sees = with(p.facts, name), with(p.sees, name)
		case root == "state":
			p.sees = with(p.sees, name)
		case root == "part":
			p.parts = with(p.parts, name)
		default:
			return
		}
		whole--
	}
	ast.PostOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.IdentKind:
			if slices.Contains([]string{"facts", "state", "part"}, e.AsIdent()) {
				whole++
			}
		case ast.SelectKind:
			if s := e.AsSelect(); s.IsTestOnly() {
				err = errors.New("has() turns unknown into false, which would read as an answer: leave it out (what is not known is judged by on-unknown), or ask state.<fact> == \"known\"")
			} else {
				field(s.Operand(), s.FieldName())
			}
		case ast.CallKind:
			c := e.AsCall()
			if c.FunctionName() == operators.In && len(c.Args()) == 2 && c.Args()[1].Kind() == ast.IdentKind {
				err = errors.New("in facts, in state and in part turn unknown into false: write facts.<fact> or state.<fact>")
			}
			if c.FunctionName() == operators.Index && len(c.Args()) == 2 {
				if k := c.Args()[1]; k.Kind() == ast.LiteralKind {
					if name, ok := k.AsLiteral().Value().(string); ok {
						field(c.Args()[0], name)
					}
				} else if c.Args()[0].Kind() == ast.IdentKind {
					err = errors.New("facts, state and part want a fixed name: write facts.manufactured")
				}
			}
		}
	}))
	if whole > 0 {
		p.sees, p.parts = factNames(), partFields
	}
	return err
}

// with adds a name that is not there yet.
func with(names []string, name string) []string {
	if slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}

func isFact(name string) bool {
	return name == sbom.Manufacturer || name == sbom.SubstantiallyTransformed || sbom.IsStage(name)
}

func factNames() []string {
	return append([]string{sbom.Manufacturer, sbom.SubstantiallyTransformed}, sbom.Stages...)
}

// probe refuses an expression that passes when nothing is known.
func (p *program) probe() error {
	state := map[string]string{}
	var unknown []*cel.AttributePatternType
	for _, f := range factNames() {
		state[f] = string(sbom.StateUnknown)
		unknown = append(unknown, cel.AttributePattern("facts").QualString(f))
	}
	for _, f := range partFields {
		unknown = append(unknown, cel.AttributePattern("part").QualString(f))
	}
	vars := map[string]any{"facts": map[string][]string{}, "state": state, "part": map[string]string{}, "date": "2000-01-01"}
	got, err := p.eval(vars, unknown)
	if err != nil {
		return err
	}
	if got == Pass {
		return errors.New("the condition passes when nothing is known, so it hides unknowns: say what must be known, as by state.manufactured == \"known\" before the condition")
	}
	return nil
}

// eval gives Pass, Fail or Undecided.
func (p *program) eval(vars map[string]any, unknown []*cel.AttributePatternType) (Verdict, error) {
	partial, err := cel.PartialVars(vars, unknown...)
	if err != nil {
		return "", err
	}
	val, _, err := p.run.Eval(partial)
	if types.IsUnknown(val) {
		return Undecided, nil
	}
	if err != nil {
		return "", err
	}
	yes, ok := val.Value().(bool)
	switch {
	case !ok:
		return Undecided, nil
	case yes == p.deny:
		return Fail, nil
	}
	return Pass, nil
}

// custom judges a component, or the device, by the rule's condition.
func (ev *evaluation) custom(r *Rule, s *subject) outcome {
	q := r.Require
	if r.Deny != nil {
		q = r.Deny
	}
	facts, state := map[string][]string{}, map[string]string{}
	part := map[string]string{
		"ref": s.Ref, "name": s.Name, "kind": string(s.kind), "category": string(s.Category), "version": s.version, "supplier": s.supplier,
	}
	if s.quantity > 0 {
		part["quantity"] = fmt.Sprintf("%g", s.quantity)
	}
	var unknown []*cel.AttributePatternType
	for _, name := range q.Custom.program.parts {
		if part[name] == "" || name == "name" && s.unknown {
			unknown = append(unknown, cel.AttributePattern("part").QualString(name))
		}
	}
	open := map[string]Verdict{}
	for _, name := range q.Custom.program.sees {
		f := s.fact(name)
		v := ev.view(s, name, r.grade)
		if best := ev.contradicted(s, v); best != nil {
			v = best
		}
		st := v.state
		switch {
		case st == sbom.StateKnown:
			for _, one := range v.carried {
				facts[name] = append(facts[name], one.Is)
			}
		case st == sbom.StateConflict:
			open[name] = r.OnConflict
		case f.Weak(ev.Trust, r.grade):
			st, open[name] = "weak", r.OnWeak
		default:
			open[name] = r.OnUnknown
		}
		if st != sbom.StateKnown || v.partly() {
			unknown = append(unknown, cel.AttributePattern("facts").QualString(name))
		}
		state[name] = string(st)
	}
	v, err := q.Custom.program.eval(map[string]any{"facts": facts, "state": state, "part": part, "date": ev.AsOf.Format(time.DateOnly)}, unknown)
	if err != nil {
		return r.open("correct the expression", "the condition could not be judged: %s", err)
	}
	return ev.customOutcome(r, s, q.Custom, v, open)
}

// partly reports whether a known fact leaves a part of the whole untold.
func (v *view) partly() bool {
	return v.fact.Name != sbom.Manufacturer && measured(v.carried, countrySet{}).rest > 0
}

func (ev *evaluation) customOutcome(r *Rule, s *subject, c *Custom, v Verdict, open map[string]Verdict) outcome {
	words := "the condition " + strings.Join(strings.Fields(c.CEL), " ")
	var said []string
	for _, name := range c.program.facts {
		f := s.fact(name)
		if len(f.Values) > 0 {
			said = append(said, name+" is "+ev.sayValues(f, sbom.Ungraded))
		} else {
			said = append(said, name+" is not known")
		}
	}
	tail := ""
	if len(said) > 0 {
		tail = ": " + strings.Join(said, "; ")
	}
	o := outcome{verdict: v, fact: firstOf(c.program.facts), state: sbom.StateKnown}
	switch v {
	case Pass:
		o.why = words + map[bool]string{false: " holds", true: " does not hold"}[c.program.deny] + tail
	case Fail:
		o.why = words + map[bool]string{true: " holds", false: " does not hold"}[c.program.deny] + tail
	default:
		o.verdict, o.state = Verdict(NotApplicable), sbom.StateUnknown
		for _, name := range c.program.facts {
			if verdict, ok := open[name]; ok {
				o.verdict = Worst(o.verdict, verdict)
			}
		}
		if o.verdict == NotApplicable {
			o.verdict = r.OnUnknown
		}
		o.why, o.fix = words+" cannot be told"+tail, r.Fix
	}
	if o.fact != "" {
		o.values = ev.grade(s.fact(o.fact).Values)
	}
	return o
}
