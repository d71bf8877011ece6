package install

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// A state as the operator writes it, and what its first line says that others have to see.
type state struct {
	name, kstatus, argo string
	resource            object
}

func states(t *testing.T) []state {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "operator/src/test/resources/statuses/*.yaml"))
	if err != nil || len(files) < 15 {
		t.Fatalf("%v, %v", files, err)
	}
	first := regexp.MustCompile(`^# kstatus: (\w+), argo: (\w+)\n`)
	var all []state
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		words := first.FindSubmatch(content)
		if words == nil {
			t.Fatalf("%s does not say what has to be seen in it", file)
		}
		all = append(all, state{
			filepath.Base(file), string(words[1]), string(words[2]), parse(t, bytes.NewReader(content))[0],
		})
	}
	return all
}

// Whole numbers as int64, as clients of the API server have them.
func numbers(value any) any {
	switch value := value.(type) {
	case object:
		converted := object{}
		for name, inner := range value {
			converted[name] = numbers(inner)
		}
		return converted
	case []any:
		converted := make([]any, len(value))
		for i, inner := range value {
			converted[i] = numbers(inner)
		}
		return converted
	case float64:
		return int64(value)
	default:
		return value
	}
}

// How Flux and others wait for a resource.
func kstatus(t *testing.T, resource object) string {
	t.Helper()
	result, err := status.Compute(&unstructured.Unstructured{Object: numbers(resource).(object)})
	if err != nil {
		t.Fatal(err)
	}
	return string(result.Status)
}

func TestKstatusReadsEveryState(t *testing.T) {
	for _, s := range states(t) {
		if seen := kstatus(t, s.resource); seen != s.kstatus {
			t.Errorf("%s: %s, want %s", s.name, seen, s.kstatus)
		}
		// after an edit nothing of it counts, whatever it says
		s.resource["metadata"].(object)["generation"] = int64(99)
		if seen := kstatus(t, s.resource); seen != "InProgress" {
			t.Errorf("%s: %s after an edit", s.name, seen)
		}
	}
}

// As kstatus demands: Reconciling and Stalled exclude each other and Ready=True, and each condition speaks of one generation.
func TestConditionsDoNotContradictEachOther(t *testing.T) {
	for _, s := range states(t) {
		written := s.resource["status"].(object)
		same(t, s.name, written["observedGeneration"], at(t, s.resource, "metadata", "generation"))
		abnormal := 0
		ready := ""
		for _, condition := range written["conditions"].([]any) {
			condition := condition.(object)
			same(t, s.name+" "+condition["type"].(string), condition["observedGeneration"], written["observedGeneration"])
			switch condition["type"] {
			case "Ready":
				ready = condition["status"].(string)
			case "Reconciling", "Stalled":
				same(t, s.name, condition["status"], "True") // absent otherwise
				abnormal++
			}
		}
		if ready == "" || abnormal > 1 || (ready == "True" && abnormal > 0) {
			t.Errorf("%s: Ready is %q beside %d of Reconciling and Stalled", s.name, ready, abnormal)
		}
	}
}

func TestArgoScriptReadsEveryState(t *testing.T) {
	for _, s := range states(t) {
		health, message := argo(t, s.resource)
		if health != s.argo || message == "" {
			t.Errorf("%s: %s %q, want %s", s.name, health, message, s.argo)
		}
		metadata := s.resource["metadata"].(object)
		metadata["deletionTimestamp"] = "2026-11-24T12:00:00Z"
		if health, _ := argo(t, s.resource); health != "Progressing" {
			t.Errorf("%s: %s while it is deleted", s.name, health)
		}
		delete(metadata, "deletionTimestamp")
		metadata["generation"] = int64(99)
		if health, _ := argo(t, s.resource); health != "Progressing" {
			t.Errorf("%s: %s after an edit", s.name, health)
		}
	}
	if health, _ := argo(t, object{"metadata": object{"generation": int64(1)}}); health != "Progressing" {
		t.Errorf("%s before anybody has looked", health)
	}
}

// The script's verdict, run as Argo CD runs it: `obj` in, a table out, no libraries but the plain ones.
func argo(t *testing.T, resource object) (string, string) {
	t.Helper()
	machine := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer machine.Close()
	for name, open := range map[string]lua.LGFunction{lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable, lua.StringLibName: lua.OpenString} {
		machine.Push(machine.NewFunction(open))
		machine.Push(lua.LString(name))
		machine.Call(1, 0)
	}
	machine.SetGlobal("obj", inLua(machine, resource))
	if err := machine.DoString(string(read(t, "deploy/argocd/health.lua"))); err != nil {
		t.Fatal(err)
	}
	verdict := machine.Get(-1).(*lua.LTable)
	return verdict.RawGetString("status").String(), verdict.RawGetString("message").String()
}

func inLua(machine *lua.LState, value any) lua.LValue {
	switch value := value.(type) {
	case object:
		table := machine.NewTable()
		for name, inner := range value {
			table.RawSetString(name, inLua(machine, inner))
		}
		return table
	case []any:
		table := machine.NewTable()
		for _, inner := range value {
			table.Append(inLua(machine, inner))
		}
		return table
	case string:
		return lua.LString(value)
	case bool:
		return lua.LBool(value)
	case int64:
		return lua.LNumber(value)
	case float64:
		return lua.LNumber(value)
	case nil:
		return lua.LNil
	default:
		panic(fmt.Sprintf("%T", value))
	}
}

// deploy/argocd/argocd-cm.yaml is a patch for Argo CD's ConfigMap with the script for both kinds.
func TestArgoConfigMapHasTheScript(t *testing.T) {
	script := "    " + strings.ReplaceAll(strings.TrimSuffix(string(read(t, "deploy/argocd/health.lua")), "\n"), "\n", "\n    ") + "\n"
	wanted := "# Made from health.lua (e2e/install/check -update):\n" +
		"#   kubectl --namespace=argocd patch configmap argocd-cm --patch-file=deploy/argocd/argocd-cm.yaml\n" +
		"data:\n"
	for _, kind := range []string{"DoormanDatabaseAccess", "DoormanPool"} {
		wanted += "  resource.customizations.health.pgdoorman.io_" + kind + ": |\n" + script
	}
	if *update {
		if err := os.WriteFile(filepath.Join(root, "deploy/argocd/argocd-cm.yaml"), []byte(wanted), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if string(read(t, "deploy/argocd/argocd-cm.yaml")) != wanted {
		t.Error("deploy/argocd/argocd-cm.yaml is behind health.lua: run e2e/install/check -update")
	}
}

// The schema's own status: nobody may take a resource for done before the operator has looked at it.
func TestAResourceThatNobodyHasLookedAtIsInProgress(t *testing.T) {
	for _, kind := range []string{"doormanpools", "doormandatabaseaccesses"} {
		file, err := os.ReadFile(filepath.Join(root, "crds", kind+".pgdoorman.io.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		crd := parse(t, bytes.NewReader(file))[0]
		version := at(t, crd, "spec", "versions").([]any)[0].(object)
		initial := at(t, version, "schema", "openAPIV3Schema", "properties", "status", "default").(object)
		resource := object{
			"apiVersion": "pgdoorman.io/v1alpha1",
			"kind":       at(t, crd, "spec", "names", "kind"),
			"metadata":   object{"name": "new", "generation": int64(1)},
			"status":     initial,
		}
		if seen := kstatus(t, resource); seen != "InProgress" {
			t.Errorf("%s: kstatus says %s", kind, seen)
		}
		if health, _ := argo(t, resource); health != "Progressing" {
			t.Errorf("%s: Argo CD says %s", kind, health)
		}
	}
}
