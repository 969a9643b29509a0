package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"go.yaml.in/yaml/v3"
)

// ciCommands run what the project offers to pipelines, as those would run it.
func ciCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){"action": actionStep, "gitlab": gitlabJob, "precommit": precommitHook}
}

// project gives a file of the project, whose root $PROJECT is.
func project(ts *testscript.TestScript, name string, into any) {
	data, err := os.ReadFile(filepath.Join(ts.Getenv("PROJECT"), name))
	ts.Check(err)
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	dec.KnownFields(true) // what we do not run, we do not know to work
	if err := dec.Decode(into); err != nil {
		ts.Fatalf("%s: %v", name, err)
	}
}

// assignments reads NAME=VALUE arguments over defaults.
func assignments(ts *testscript.TestScript, defaults map[string]string, args []string) map[string]string {
	out := maps.Clone(defaults)
	for _, a := range args {
		name, value, ok := strings.Cut(a, "=")
		if _, known := defaults[name]; !ok || !known {
			ts.Fatalf("%q sets nothing that there is", a)
		}
		out[name] = value
	}
	return out
}

// runShell writes a script beside an environment and runs it with the shell.
func runShell(ts *testscript.TestScript, status, script string, env map[string]string, shell ...string) {
	ts.Check(os.WriteFile(ts.MkAbs("step.sh"), []byte(script), 0o600))
	args := []string{status, "env"}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		args = append(args, name+"="+env[name])
	}
	exits(ts, false, append(append(args, shell...), "step.sh"))
}

// action STATUS INPUT=VALUE... runs the composite action's steps with the shell
// and the options that GitHub runs them with.
func actionStep(ts *testscript.TestScript, _ bool, args []string) {
	var a struct {
		Name, Description string
		Inputs            map[string]struct {
			Description string
			Required    bool
			Default     string
		}
		Outputs map[string]struct{ Description, Value string }
		Runs    struct {
			Using string
			Steps []struct {
				ID, Shell, Run string
				Env            map[string]string
			}
		}
	}
	project(ts, "action.yml", &a)
	inputs := map[string]string{}
	for name, in := range a.Inputs {
		inputs[name] = in.Default
		if in.Description == "" {
			ts.Fatalf("input %s has no description", name)
		}
	}
	inputs = assignments(ts, inputs, args[1:])
	for _, s := range a.Runs.Steps {
		if a.Runs.Using != "composite" || s.Shell != "bash" || strings.Contains(s.Run, "${{") {
			ts.Fatalf("a step of bash without expressions is wanted, not %q", s.Run)
		}
		env := map[string]string{"GITHUB_OUTPUT": ts.MkAbs("output"), "GITHUB_STEP_SUMMARY": ts.MkAbs("summary")}
		for name, value := range s.Env {
			in := strings.TrimSuffix(strings.TrimPrefix(value, "${{ inputs."), " }}")
			v, ok := inputs[in]
			if !ok {
				ts.Fatalf("%s is %s, which is no input", name, value)
			}
			env[name] = v
		}
		runShell(ts, args[0], s.Run, env, "bash", "--noprofile", "--norc", "-e", "-o", "pipefail")
	}
}

// gitlab STATUS VARIABLE=VALUE... runs the template's job with the shell that
// every image has.
func gitlabJob(ts *testscript.TestScript, _ bool, args []string) {
	var jobs map[string]struct {
		Stage        string
		Variables    map[string]string
		Script       []string
		AllowFailure struct {
			Codes []int `yaml:"exit_codes"`
		} `yaml:"allow_failure"`
		Artifacts struct {
			When    string
			Expose  string `yaml:"expose_as"`
			Paths   []string
			Reports map[string]string
		}
	}
	project(ts, "docs/ci/gitlab.yml", &jobs)
	job, ok := jobs[".originbom"]
	if !ok || len(jobs) != 1 || len(job.Script) == 0 {
		ts.Fatalf("the template has the jobs %v", slices.Sorted(maps.Keys(jobs)))
	}
	runShell(ts, args[0], strings.Join(job.Script, "\n"), assignments(ts, job.Variables, args[1:]), "sh", "-e")
	for _, file := range append(slices.Collect(maps.Values(job.Artifacts.Reports)), job.Artifacts.Paths...) {
		if _, err := os.Stat(ts.MkAbs(file)); err != nil && args[0] != "3" {
			ts.Fatalf("the artifact %s was not written", file)
		}
	}
}

// precommit STATUS HOOK FILE... runs a hook on files, as pre-commit does.
func precommitHook(ts *testscript.TestScript, _ bool, args []string) {
	var c struct {
		Repos []struct {
			Repo  string
			Hooks []struct{ ID, Name, Entry, Language, Files string }
		}
	}
	project(ts, "docs/ci/pre-commit-config.yaml", &c)
	for _, r := range c.Repos {
		for _, h := range r.Hooks {
			if h.ID == args[1] && r.Repo == "local" && h.Language == "system" {
				exits(ts, false, slices.Concat([]string{args[0]}, strings.Fields(h.Entry), args[2:]))
				return
			}
		}
	}
	ts.Fatalf("no hook %s in %s", args[1], fmt.Sprint(c))
}
