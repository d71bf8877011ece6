// Package install tests what installs the operator: the chart, deploy/, and that both are the same.
package install

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"sort"
	"testing"

	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/release"
	"k8s.io/apimachinery/pkg/util/yaml"
)

var update = flag.Bool("update", false, "write what is generated instead of comparing it")

const (
	root      = "../.."
	chartPath = root + "/charts/doorman"
	namespace = "pgdoorman-system"
)

type object = map[string]any

func loadChart(t *testing.T) *chart.Chart {
	t.Helper()
	loaded, err := loader.LoadDir(chartPath)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// What `helm install` would send, without a cluster.
func tryRender(t *testing.T, name string, values object) (*release.Release, error) {
	t.Helper()
	install := action.NewInstall(&action.Configuration{})
	install.ReleaseName = name
	install.Namespace = namespace
	install.DryRun = true
	install.ClientOnly = true
	install.KubeVersion = &chartutil.KubeVersion{Version: "v1.37.0", Major: "1", Minor: "37"}
	return install.Run(loadChart(t), values)
}

func render(t *testing.T, name string, values object) []object {
	t.Helper()
	rendered, err := tryRender(t, name, values)
	if err != nil {
		t.Fatal(err)
	}
	manifest := bytes.NewBufferString(rendered.Manifest)
	for _, hook := range rendered.Hooks {
		manifest.WriteString("\n---\n" + hook.Manifest)
	}
	return parse(t, manifest)
}

func parse(t *testing.T, manifests io.Reader) []object {
	t.Helper()
	var objects []object
	decoder := yaml.NewYAMLOrJSONDecoder(manifests, 4096)
	for {
		var next object
		if err := decoder.Decode(&next); errors.Is(err, io.EOF) {
			return objects
		} else if err != nil {
			t.Fatal(err)
		}
		if len(next) > 0 {
			objects = append(objects, next)
		}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// Kind/namespace/name of an object.
func key(o object) string {
	metadata := o["metadata"].(object)
	place, _ := metadata["namespace"].(string)
	return o["kind"].(string) + "/" + place + "/" + metadata["name"].(string)
}

func keys(objects []object) []string {
	var all []string
	for _, o := range objects {
		all = append(all, key(o))
	}
	sort.Strings(all)
	return all
}

func find(t *testing.T, objects []object, wanted string) object {
	t.Helper()
	for _, o := range objects {
		if key(o) == wanted {
			return o
		}
	}
	t.Fatalf("no %s among %v", wanted, keys(objects))
	return nil
}

func kinds(objects []object, kind string) []object {
	var found []object
	for _, o := range objects {
		if o["kind"] == kind {
			found = append(found, o)
		}
	}
	return found
}

// The value at a path of keys (string) and indices (int).
func at(t *testing.T, value any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch step := step.(type) {
		case string:
			value = value.(object)[step]
		case int:
			value = value.([]any)[step]
		}
		if value == nil {
			t.Fatalf("nothing at %v of %v", step, path)
		}
	}
	return value
}

func text(t *testing.T, value any) string {
	t.Helper()
	written, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(written)
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if g, w := text(t, got), text(t, want); g != w {
		t.Errorf("%s: got\n%s\nwant\n%s", what, g, w)
	}
}
