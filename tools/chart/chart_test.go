// Package chart tests the chart in docs/deploy/chart by Helm's own library and the types of the Kubernetes API.
package chart

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "write docs/deploy/kubernetes.yaml")

const (
	folder    = "../../docs/deploy/chart/orglogin"
	committed = "../../docs/deploy/kubernetes.yaml"
)

// header begins the file for those who do not use Helm.
const header = `# orglogin on Kubernetes, without Helm: the chart in chart/orglogin with its default values, which describe what is to be changed.
# Written by: go -C tools/chart test . -update
`

type values = map[string]any

// render is what the chart makes of some values: its documents, by file and in their order.
func render(t *testing.T, v values) []string {
	t.Helper()
	chart, err := loader.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	all, err := chartutil.ToRenderValues(chart, v, chartutil.ReleaseOptions{Name: "orglogin", Namespace: "login", Revision: 1, IsInstall: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	files, err := engine.Engine{Strict: true}.Render(chart, all)
	if err != nil {
		t.Fatal(err)
	}
	var documents []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if strings.HasSuffix(name, ".tpl") {
			continue
		}
		for document := range strings.SplitSeq(files[name], "\n---\n") {
			if document = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(document), "---")); document != "" {
				documents = append(documents, document+"\n")
			}
		}
	}
	return documents
}

// object returns an empty object of a kind.
func object(kind string) (any, error) {
	switch kind {
	case "apps/v1 Deployment":
		return &appsv1.Deployment{}, nil
	case "batch/v1 Job":
		return &batchv1.Job{}, nil
	case "v1 Service":
		return &corev1.Service{}, nil
	case "policy/v1 PodDisruptionBudget":
		return &policyv1.PodDisruptionBudget{}, nil
	case "networking.k8s.io/v1 NetworkPolicy":
		return &networkingv1.NetworkPolicy{}, nil
	case "networking.k8s.io/v1 Ingress":
		return &networkingv1.Ingress{}, nil
	case "gateway.networking.k8s.io/v1 HTTPRoute":
		return &gatewayv1.HTTPRoute{}, nil
	}
	return nil, fmt.Errorf("the chart makes a %q, which this test does not know", kind)
}

// decode reads documents strictly: a field that the API does not know, or one given twice, is an error.
func decode(t *testing.T, documents []string) map[string]any {
	t.Helper()
	objects := map[string]any{}
	for _, document := range documents {
		var head struct {
			APIVersion, Kind string
			Metadata         struct{ Name string }
		}
		if err := yaml.Unmarshal([]byte(document), &head); err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		into, err := object(head.APIVersion + " " + head.Kind)
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.UnmarshalStrict([]byte(document), into); err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		name := head.Kind + " " + head.Metadata.Name
		if objects[name] != nil {
			t.Errorf("two objects are %s", name)
		}
		objects[name] = into
	}
	return objects
}

func TestTheCommittedFileIsTheChartWithItsDefaults(t *testing.T) {
	text := header + "---\n" + strings.Join(render(t, nil), "---\n")
	if *update {
		if err := os.WriteFile(committed, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(committed)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, []byte(text)) {
		t.Errorf("%s is not what the chart makes: run go -C tools/chart test . -update", committed)
	}
}

func TestEveryDocumentIsAnObjectOfTheAPI(t *testing.T) {
	base := []string{"Deployment orglogin", "Job orglogin-migrate", "NetworkPolicy orglogin", "PodDisruptionBudget orglogin", "Service orglogin", "Service orglogin-admin"}
	for name, c := range map[string]struct {
		values values
		more   []string
	}{
		"defaults":            {nil, nil},
		"three replicas":      {values{"replicas": 3}, nil},
		"another secret":      {values{"existingSecret": "ours", "redis": values{"enabled": true}}, nil},
		"the API":             {values{"api": values{"enabled": true}}, []string{"Service orglogin-api"}},
		"ingress":             {values{"ingress": values{"enabled": true}}, []string{"Ingress orglogin"}},
		"ingress to an app":   {values{"ingress": values{"enabled": true}, "app": values{"service": "app"}}, []string{"Ingress orglogin", "Ingress orglogin-app"}},
		"gateway":             {values{"gateway": values{"enabled": true}, "app": values{"service": "app"}}, []string{"HTTPRoute orglogin-login", "HTTPRoute orglogin-organizations"}},
		"gateway that asks":   {values{"gateway": values{"enabled": true, "externalAuth": true}, "app": values{"service": "app"}}, []string{"HTTPRoute orglogin-login", "HTTPRoute orglogin-organizations", "HTTPRoute orglogin-app"}},
		"settings of its own": {values{"env": values{"RATE_LIMIT": "300/m", "CACHE_TTL": "1m"}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := slices.Sorted(maps.Keys(decode(t, render(t, c.values))))
			want := slices.Sorted(slices.Values(append(slices.Clone(base), c.more...)))
			if !slices.Equal(got, want) {
				t.Errorf("made %q, want %q", got, want)
			}
		})
	}
}

// TestWhatMustHoldOfEveryPod goes by the largest set of values.
func TestWhatMustHoldOfEveryPod(t *testing.T) {
	objects := decode(t, render(t, values{"api": values{"enabled": true}, "redis": values{"enabled": true}}))
	serve := objects["Deployment orglogin"].(*appsv1.Deployment).Spec.Template
	migrate := objects["Job orglogin-migrate"].(*batchv1.Job).Spec.Template
	for name, pod := range map[string]corev1.PodTemplateSpec{"serve": serve, "migrate": migrate} {
		security := pod.Spec.SecurityContext
		if !*security.RunAsNonRoot || *security.FSGroup != *security.RunAsGroup || security.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault {
			t.Errorf("%s: %+v", name, security)
		}
		if len(pod.Spec.InitContainers) > 0 || *pod.Spec.AutomountServiceAccountToken || *pod.Spec.EnableServiceLinks {
			t.Errorf("%s has init containers, a token or the variables of services", name)
		}
		for _, c := range pod.Spec.Containers {
			s := c.SecurityContext
			if *s.AllowPrivilegeEscalation || !*s.ReadOnlyRootFilesystem || !slices.Equal(s.Capabilities.Drop, []corev1.Capability{"ALL"}) {
				t.Errorf("%s: %+v", name, s)
			}
		}
		owner := slices.ContainsFunc(pod.Spec.Volumes[0].Secret.Items, func(i corev1.KeyToPath) bool { return i.Key == "database-admin-url" })
		if owner != (name == "migrate") {
			t.Errorf("%s gets the owner's address: %v", name, owner)
		}
	}
	if c := serve.Spec.Containers[0]; c.ReadinessProbe.HTTPGet.Path != "/readyz" || c.LivenessProbe.HTTPGet.Path != "/healthz" {
		t.Errorf("probes %+v, %+v", c.ReadinessProbe, c.LivenessProbe)
	}
}

func TestThePolicyKeepsThePortsApart(t *testing.T) {
	ports := func(v values) (got []string) {
		policy := decode(t, render(t, v))["NetworkPolicy orglogin"].(*networkingv1.NetworkPolicy)
		for _, rule := range policy.Spec.Ingress {
			if len(rule.From) == 0 || len(rule.Ports) != 1 {
				t.Errorf("a rule for everybody or for several ports: %+v", rule)
			}
			got = append(got, rule.Ports[0].Port.String())
		}
		return got
	}
	if got := ports(nil); !slices.Equal(got, []string{"public", "admin"}) {
		t.Errorf("by default %q are open", got)
	}
	if got := ports(values{"api": values{"enabled": true}}); !slices.Equal(got, []string{"public", "admin", "api"}) {
		t.Errorf("with the API %q are open", got)
	}
	if got := ports(values{"networkPolicy": values{"admin": []any{}}}); !slices.Equal(got, []string{"public"}) {
		t.Errorf("with no one at the admin port %q are open", got)
	}
}

func TestNoPathLeadsToVerifyAndForward(t *testing.T) {
	objects := decode(t, render(t, values{"ingress": values{"enabled": true}, "gateway": values{"enabled": true}}))
	var paths []string
	for _, rule := range objects["Ingress orglogin"].(*networkingv1.Ingress).Spec.Rules {
		for _, path := range rule.HTTP.Paths {
			if *path.PathType == networkingv1.PathTypePrefix {
				paths = append(paths, path.Path)
			}
		}
	}
	for _, name := range []string{"login", "organizations"} {
		for _, rule := range objects["HTTPRoute orglogin-"+name].(*gatewayv1.HTTPRoute).Spec.Rules {
			for _, match := range rule.Matches {
				if *match.Path.Type == gatewayv1.PathMatchPathPrefix {
					paths = append(paths, *match.Path.Value)
				}
			}
		}
	}
	if len(paths) < 20 {
		t.Fatalf("only %q", paths)
	}
	for _, path := range paths {
		if path == "/" || path == "/auth" || strings.HasPrefix("/auth/verify", path) || strings.HasPrefix("/auth/forward", path) {
			t.Errorf("%s is routed", path)
		}
	}
}

func TestAChartWithoutASecretSaysSo(t *testing.T) {
	chart, err := loader.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	all, err := chartutil.ToRenderValues(chart, values{"existingSecret": ""}, chartutil.ReleaseOptions{Name: "orglogin"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (engine.Engine{Strict: true}).Render(chart, all); err == nil || !strings.Contains(err.Error(), "existingSecret is required") {
		t.Errorf("error %v", err)
	}
}
