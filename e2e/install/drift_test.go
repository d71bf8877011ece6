package install

import (
	"bytes"
	"os"
	"path/filepath"
	"sort"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// Files of the chart that are copies, since a chart cannot see beyond its folder.
func TestCopiesAreTheirOriginals(t *testing.T) {
	copies := map[string]string{
		"deploy/monitoring/doorman.rules.yaml":     "files/doorman.rules.yaml",
		"deploy/monitoring/doorman.dashboard.json": "files/doorman.dashboard.json",
	}
	crds, err := filepath.Glob(filepath.Join(root, "crds", "*.yaml"))
	if err != nil || len(crds) < 2 {
		t.Fatalf("CRDs: %v, %v", crds, err)
	}
	for _, crd := range crds {
		copies["crds/"+filepath.Base(crd)] = "files/crds/" + filepath.Base(crd)
	}
	for original, copied := range copies {
		content, path := read(t, original), filepath.Join(chartPath, copied)
		if *update {
			if err := os.WriteFile(path, content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if there, err := os.ReadFile(path); err != nil || !bytes.Equal(there, content) {
			t.Errorf("%s is not %s (%v): run e2e/install/check -update", path, original, err)
		}
	}
	present, _ := filepath.Glob(filepath.Join(chartPath, "files/crds/*"))
	if len(present) != len(crds) {
		t.Errorf("the chart has %v for %v", present, crds)
	}
}

// Who goes from `kubectl apply -f deploy/install.yaml` to Helm, or back, gets the same objects and the same rights.
func TestChartIsWhatDeployInstalls(t *testing.T) {
	chart := map[string]object{}
	for _, o := range render(t, "pgdoorman-operator", nil) {
		chart[key(o)] = comparable(t, o)
	}
	for _, o := range parse(t, bytes.NewReader(read(t, "deploy/install.yaml"))) {
		if o["kind"] == "Namespace" { // Helm's own matter
			continue
		}
		same(t, key(o), chart[key(o)], comparable(t, o))
		delete(chart, key(o))
	}
	for left := range chart {
		t.Errorf("only the chart has %s", left)
	}
}

// `kubectl apply -k deploy` installs what `kubectl apply -f deploy/install.yaml` does.
func TestKustomizationIsTheInstallFile(t *testing.T) {
	result, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join(root, "deploy"))
	if err != nil {
		t.Fatal(err)
	}
	rendered, err := result.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	byKey := func(manifests []byte) map[string]object {
		all := map[string]object{}
		for _, o := range parse(t, bytes.NewReader(manifests)) {
			all[key(o)] = o
		}
		return all
	}
	same(t, "deploy/", byKey(rendered), byKey(read(t, "deploy/install.yaml")))
}

// An object without its own labels, which no selector sees, without what Helm adds, and with the rules of a role in one order.
func comparable(t *testing.T, o object) object {
	t.Helper()
	if rules, isRole := o["rules"].([]any); isRole {
		sort.Slice(rules, func(a, b int) bool { return text(t, rules[a]) < text(t, rules[b]) })
	}
	delete(o["metadata"].(object), "labels")
	return plain(o)
}

func plain(o object) object {
	cleaned := object{}
	for name, value := range o {
		switch name {
		case "app.kubernetes.io/instance", "app.kubernetes.io/managed-by", "app.kubernetes.io/version",
			"helm.sh/chart", "helm.sh/resource-policy":
			continue
		}
		if value = plainValue(value); value != nil {
			cleaned[name] = value
		}
	}
	return cleaned
}

func plainValue(value any) any {
	switch value := value.(type) {
	case object:
		// an empty map may mean something (status: {}), one that is empty for want of Helm's labels does not
		if cleaned := plain(value); len(cleaned) > 0 || len(value) == 0 {
			return cleaned
		}
		return nil
	case []any:
		items := make([]any, 0, len(value))
		for _, item := range value {
			items = append(items, plainValue(item))
		}
		return items
	default:
		return value
	}
}
