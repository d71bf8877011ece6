package install

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/action"
	"sigs.k8s.io/yaml"
)

func TestChartHasNoLint(t *testing.T) {
	lint := action.NewLint()
	lint.Strict = true
	for _, message := range lint.Run([]string{chartPath}, nil).Messages {
		if message.Severity > 1 { // 1 is information, such as that an icon is missing
			t.Error(message)
		}
	}
}

// In namespaced mode there is nothing in the cluster but the CRDs, and in each namespace the same rights as otherwise
// in all, without those on namespaces themselves.
func TestNamespacedRightsAreTheClusterWideOnes(t *testing.T) {
	everywhere := find(t, render(t, "doorman", nil), "ClusterRole//doorman")["rules"].([]any)
	var expected []any
	for _, rule := range everywhere {
		if at(t, rule, "resources", 0) != "namespaces" {
			expected = append(expected, rule)
		}
	}
	if len(expected) != len(everywhere)-1 {
		t.Fatalf("no rule on namespaces among %v", everywhere)
	}

	objects := render(t, "doorman", object{"watchNamespaces": []any{"shop", "bank"}})

	for _, o := range objects {
		if o["kind"] == "ClusterRole" || o["kind"] == "ClusterRoleBinding" {
			t.Errorf("%s in namespaced mode", key(o))
		}
	}
	for _, place := range []string{"shop", "bank"} {
		same(t, place, find(t, objects, "Role/"+place+"/doorman")["rules"], expected)
		binding := find(t, objects, "RoleBinding/"+place+"/doorman")
		same(t, place, binding["subjects"], []any{object{"kind": "ServiceAccount", "name": "doorman", "namespace": namespace}})
		same(t, place, at(t, binding, "roleRef", "kind"), "Role")
	}
	container := at(t, find(t, objects, "Deployment/"+namespace+"/doorman"), "spec", "template", "spec", "containers", 0)
	environment := text(t, container.(object)["env"])
	if !strings.Contains(environment, `"shop,bank"`) {
		t.Errorf("the operator is not told its namespaces: %s", environment)
	}
}

func TestCrdsAreKeptUnlessToldOtherwise(t *testing.T) {
	const kind, policy = "CustomResourceDefinition", "helm.sh/resource-policy"
	for _, crd := range kinds(render(t, "doorman", nil), kind) {
		same(t, key(crd), at(t, crd, "metadata", "annotations", policy), "keep")
	}
	going := kinds(render(t, "doorman", object{"crds": object{"keep": false}}), kind)
	if len(going) < 2 {
		t.Errorf("CRDs: %v", keys(going))
	}
	for _, crd := range going {
		if annotations := crd["metadata"].(object)["annotations"]; annotations != nil {
			t.Errorf("%s has %v", key(crd), annotations)
		}
	}
	if left := kinds(render(t, "doorman", object{"crds": object{"install": false}}), kind); len(left) > 0 {
		t.Errorf("crds.install=false leaves %v", keys(left))
	}
}

// Names of digits, or such as YAML takes for something else, are names.
func TestNamesAreTexts(t *testing.T) {
	objects := render(t, "doorman", object{"watchNamespaces": []any{"2024"}, "priorityClassName": "1000"})

	find(t, objects, "Role/2024/doorman")
	pod := at(t, find(t, objects, "Deployment/"+namespace+"/doorman"), "spec", "template", "spec")
	same(t, "priority class", at(t, pod, "priorityClassName"), "1000")
	if environment := text(t, at(t, pod, "containers", 0).(object)["env"]); !strings.Contains(environment, `"2024"`) {
		t.Error(environment)
	}
	for _, o := range render(t, "007", nil) {
		if labels, ok := o["metadata"].(object)["labels"].(object); ok {
			same(t, key(o), labels["app.kubernetes.io/instance"], "007")
		}
	}
}

// Each switch makes what it says, and nothing of it is there by default.
func TestSwitches(t *testing.T) {
	byDefault := strings.Join(keys(render(t, "doorman", nil)), " ")
	for _, c := range []struct {
		values object
		makes  string
	}{
		{object{"podMonitor": object{"operator": true}}, "PodMonitor/pgdoorman-system/doorman"},
		{object{"podMonitor": object{"pools": true}}, "PodMonitor/pgdoorman-system/doorman-pools"},
		{object{"prometheusRule": object{"enabled": true}}, "PrometheusRule/pgdoorman-system/doorman"},
		{object{"dashboard": object{"enabled": true}}, "ConfigMap/pgdoorman-system/doorman-dashboard"},
		{object{"networkPolicy": object{"enabled": true}}, "NetworkPolicy/pgdoorman-system/doorman"},
		{object{"test": object{"secretName": "orders-db"}}, "Pod/pgdoorman-system/doorman-test"},
	} {
		if strings.Contains(byDefault, c.makes) {
			t.Errorf("%s is there by default", c.makes)
		}
		objects := render(t, "doorman", c.values)
		find(t, objects, c.makes)
		if more := len(objects) - len(render(t, "doorman", nil)); more != 1 {
			t.Errorf("%v makes %d objects", c.values, more)
		}
	}
}

func TestRulesAndDashboardAreThoseOfDeploy(t *testing.T) {
	objects := render(t, "doorman", object{"prometheusRule": object{"enabled": true}, "dashboard": object{"enabled": true}})

	var rules object
	if err := yaml.Unmarshal(read(t, "deploy/monitoring/doorman.rules.yaml"), &rules); err != nil {
		t.Fatal(err)
	}
	same(t, "rules", find(t, objects, "PrometheusRule/"+namespace+"/doorman")["spec"], rules)

	var dashboard, wanted object
	shown := at(t, find(t, objects, "ConfigMap/"+namespace+"/doorman-dashboard"), "data", "doorman.json").(string)
	for source, target := range map[string]*object{shown: &dashboard, string(read(t, "deploy/monitoring/doorman.dashboard.json")): &wanted} {
		if err := json.Unmarshal([]byte(source), target); err != nil {
			t.Fatal(err)
		}
	}
	same(t, "dashboard", dashboard, wanted)
}

// Pods of the chart run where the namespace enforces "restricted".
func TestPodsAreRestricted(t *testing.T) {
	objects := render(t, "doorman", object{"test": object{"secretName": "orders-db"}})
	for where, spec := range map[string]any{
		"operator": at(t, find(t, objects, "Deployment/"+namespace+"/doorman"), "spec", "template", "spec"),
		"test":     at(t, find(t, objects, "Pod/"+namespace+"/doorman-test"), "spec"),
	} {
		same(t, where, at(t, spec, "securityContext", "runAsNonRoot"), true)
		same(t, where, at(t, spec, "securityContext", "seccompProfile", "type"), "RuntimeDefault")
		same(t, where, at(t, spec, "containers", 0, "securityContext"), object{
			"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": object{"drop": []any{"ALL"}},
		})
	}
}

func TestImagesByTagOrDigest(t *testing.T) {
	digest := "sha256:" + strings.Repeat("ab", 32)
	objects := render(t, "doorman", object{
		"image": object{"repository": "registry.example/operator", "digest": digest}, "poolerImage": object{"tag": "1.2.3"},
	})
	container := at(t, find(t, objects, "Deployment/"+namespace+"/doorman"), "spec", "template", "spec", "containers", 0)
	same(t, "image", at(t, container, "image"), "registry.example/operator@"+digest)
	if environment := text(t, container.(object)["env"]); !strings.Contains(environment, `"pgdoorman/pooler:1.2.3"`) {
		t.Error(environment)
	}
}

func TestNamesFollowTheRelease(t *testing.T) {
	for release, name := range map[string]string{"doorman": "doorman", "prod": "prod-doorman", "my-doorman-2": "my-doorman-2"} {
		find(t, render(t, release, nil), "Deployment/"+namespace+"/"+name)
	}
	find(t, render(t, "prod", object{"fullnameOverride": "gate"}), "Deployment/"+namespace+"/gate")
}

func TestSchemaRefusesWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		values object
		says   string
	}{
		{object{"replica": 2}, "additional properties 'replica' not allowed"},
		{object{"replicas": "two"}, "/replicas"},
		{object{"replicas": 9}, "/replicas"},
		{object{"image": object{"digest": "latest"}}, "/image/digest"},
		{object{"image": object{"pullPolicy": "Sometimes"}}, "/image/pullPolicy"},
		{object{"watchNamespaces": []any{"Shop"}}, "/watchNamespaces/0"},
		{object{"watchNamespaces": "shop"}, "/watchNamespaces"},
		{object{"crds": object{"keep": "yes"}}, "/crds/keep"},
		{object{"podMonitor": object{"interval": "often"}}, "/podMonitor/interval"},
		{object{"test": object{"secret": "x"}}, "additional properties 'secret' not allowed"},
	} {
		_, err := tryRender(t, "doorman", c.values)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v: %v, want %q", c.values, err, c.says)
		}
	}
}

// Every value has a description, and every description a value.
func TestSchemaKnowsAllValues(t *testing.T) {
	rows := table(t)
	if len(rows) < 30 {
		t.Errorf("%d rows", len(rows))
	}
}

func TestReadmeListsAllValues(t *testing.T) {
	const begin, end = "generated by e2e/install/check -update -->\n", "<!-- end of values -->"
	path := filepath.Join(chartPath, "README.md")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(string(content), begin)
	_, tail, found := strings.Cut(rest, end)
	if !found {
		t.Fatal("README.md has lost its marks")
	}
	wanted := head + begin + "| value | default | meaning |\n| --- | --- | --- |\n" + strings.Join(table(t), "") + end + tail
	if *update {
		if err := os.WriteFile(path, []byte(wanted), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if wanted != string(content) {
		t.Error("charts/doorman/README.md is behind values.yaml: run e2e/install/check -update")
	}
}

// Rows of the README: name, default of values.yaml, description of values.schema.json.
func table(t *testing.T) []string {
	t.Helper()
	var schema object
	if err := json.Unmarshal(read(t, "charts/doorman/values.schema.json"), &schema); err != nil {
		t.Fatal(err)
	}
	delete(schema["properties"].(object), "global")
	return rows(t, "", schema, loadChart(t).Values)
}

func rows(t *testing.T, prefix string, schema object, values object) []string {
	t.Helper()
	properties := schema["properties"].(object)
	for name := range properties {
		if _, known := values[name]; !known {
			t.Errorf("values.yaml lacks %s%s", prefix, name)
		}
	}
	var all []string
	for _, name := range order(t, values) {
		property, known := properties[name].(object)
		if !known {
			t.Errorf("the schema lacks %s%s", prefix, name)
			continue
		}
		if property["properties"] != nil {
			same(t, prefix+name+" is closed", property["additionalProperties"], false)
			all = append(all, rows(t, prefix+name+".", property, values[name].(object))...)
			continue
		}
		value, _ := json.Marshal(values[name])
		description, _ := property["description"].(string)
		if description == "" {
			t.Errorf("%s%s has no description", prefix, name)
		}
		all = append(all, fmt.Sprintf("| `%s%s` | `%s` | %s |\n", prefix, name, value, description))
	}
	return all
}

// Names as values.yaml has them, one after the other.
func order(t *testing.T, values object) []string {
	t.Helper()
	source := string(read(t, "charts/doorman/values.yaml"))
	var names []string
	for name := range values {
		names = append(names, name)
	}
	position := func(name string) int { return strings.Index("\n"+source, "\n"+name+":") }
	less := func(a, b string) bool {
		if pa, pb := position(a), position(b); pa >= 0 && pb >= 0 {
			return pa < pb
		}
		return a < b
	}
	for i := range names {
		for j := i; j > 0 && less(names[j], names[j-1]); j-- {
			names[j], names[j-1] = names[j-1], names[j]
		}
	}
	return names
}

// The whole of what is rendered, for the eyes of a reviewer.
func TestGolden(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.values.yaml")
	if err != nil || len(cases) < 2 {
		t.Fatalf("%v, %v", cases, err)
	}
	for _, path := range cases {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		values := object{}
		if err := yaml.Unmarshal(content, &values); err != nil {
			t.Fatal(err)
		}
		var rendered strings.Builder
		for _, o := range render(t, "doorman", values) {
			written, err := yaml.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			rendered.WriteString("---\n" + string(written))
		}
		golden := strings.Replace(path, ".values.", ".golden.", 1)
		if *update {
			if err := os.WriteFile(golden, []byte(rendered.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if there, err := os.ReadFile(golden); err != nil || string(there) != rendered.String() {
			t.Errorf("%s differs from what is rendered now (%v): run e2e/install/check -update and look at the difference", golden, err)
		}
	}
}
