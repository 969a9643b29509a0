package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/originbom/originbom/sbom/firmware/firmwaretest"
	"github.com/originbom/originbom/sbom/visible"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"originbom": main})
}

// TestScripts runs testdata/script. $HANDSET is the example handset's folder, $IMAGES
// that of small file system images, $PROJECT the project's, $EVIL a file name that acts on terminals;
// handset copies it to where a script may change it.
func TestScripts(t *testing.T) {
	example, err := filepath.Abs("../../testdata/handset")
	if err != nil {
		t.Fatal(err)
	}
	cmds := signingCommands()
	maps.Copy(cmds, ciCommands())
	maps.Copy(cmds, map[string]func(*testscript.TestScript, bool, []string){
		"exits": exits, "replace": replace, "handset": handset, "same": same, "inert": inert, "formats": formats, "capture": capture, "signed-image": signedImage,
	})
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("HANDSET", example)
			e.Setenv("PROJECT", filepath.Join(example, "../.."))
			e.Setenv("IMAGES", filepath.Join(example, "../../sbom/firmware/testdata"))
			e.Setenv("EVIL", "no\x1b[2Jsuch\n::error::.json")
			e.Setenv("SOURCE_DATE_EPOCH", "1795305600") // 2026-11-22
			return nil
		},
		Cmds: cmds,
		Condition: func(cond string) (bool, error) {
			if ok, known := signingCondition(cond); known {
				return ok, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		RequireExplicitExec: true,
	})
}

// exits STATUS COMMAND... runs a command and wants this exit status.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if e, ok := err.(*exec.ExitError); ok {
		got = e.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}

// replace FILE OLD NEW replaces the first OLD; \\n in NEW is a line break.
func replace(ts *testscript.TestScript, _ bool, args []string) {
	old := ts.ReadFile(args[0])
	changed := strings.Replace(old, args[1], strings.ReplaceAll(args[2], `\n`, "\n"), 1)
	if changed == old {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(changed), 0o600))
}

// handset DIR copies the example handset.
func handset(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.CopyFS(ts.MkAbs(args[0]), os.DirFS(ts.Getenv("HANDSET"))))
}

// capture NAME REGEXP sets a variable to what the first group matches last in
// the output of the last command.
func capture(ts *testscript.TestScript, _ bool, args []string) {
	all := regexp.MustCompile(args[1]).FindAllStringSubmatch(ts.ReadFile("stdout"), -1)
	if len(all) == 0 {
		ts.Fatalf("the output does not match %q", args[1])
	}
	ts.Setenv(args[0], all[len(all)-1][1])
}

// signed-image processor FILE VERSION BUILD writes the firmware of a processor with a
// header of that version; signed-image module FILE NAME IMAGE an APEX around a file
// system image. Both are signed with test keys.
func signedImage(ts *testscript.TestScript, _ bool, args []string) {
	var data []byte
	var err error
	if args[0] == "module" {
		data, err = firmwaretest.Module(args[2], []byte(ts.ReadFile(args[3])))
	} else {
		version, bad := strconv.Atoi(args[2])
		ts.Check(bad)
		data, err = firmwaretest.Processor(version, args[3])
	}
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o600))
}

// same A B wants two files of the same bytes.
func same(ts *testscript.TestScript, neg bool, args []string) {
	if equal := ts.ReadFile(args[0]) == ts.ReadFile(args[1]); equal == neg {
		ts.Fatalf("%s and %s: the same bytes: %t", args[0], args[1], equal)
	}
}

// inert wants that nothing in what the last command printed acts on a terminal
// or is a command of a CI system that the text of a document began.
func inert(ts *testscript.TestScript, _ bool, _ []string) {
	for _, name := range []string{"stdout", "stderr"} {
		for line := range strings.Lines(ts.ReadFile(name)) {
			line = strings.TrimSuffix(line, "\n")
			if line != visible.Text(line) || strings.HasPrefix(strings.TrimSpace(line), "::error::x") {
				ts.Fatalf("%s acts: %q", name, line)
			}
		}
	}
}

// formats NAME BOM TRUST writes NAME.FORMAT for those formats of check that tell
// the most.
func formats(ts *testscript.TestScript, _ bool, args []string) {
	for _, f := range []string{"text", "json", "sarif", "junit"} {
		exits(ts, false, []string{"0", "originbom", "check", args[1], "--trust", args[2], "--policy", ts.Getenv("HANDSET") + "/policy.yaml", "--as-of", "2026-11-22", "--fail-on", "fail", "--format", f})
		ts.Check(os.WriteFile(ts.MkAbs(args[0]+"."+f), []byte(ts.ReadFile("stdout")), 0o600))
	}
}
