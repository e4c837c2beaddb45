package config

import (
	"strings"
	"testing"
	"time"
)

func checkTracing(variables map[string]string) (*Tracing, Mistakes) {
	var c Check
	t := CheckTracing(&c, func(name string) string { return variables[name] })
	return t, c.Mistakes
}

func TestTracingReadsTheVariablesOfOpenTelemetry(t *testing.T) {
	got, mistakes := checkTracing(map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": "https://collector.example/base", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "1500", "OTEL_EXPORTER_OTLP_TIMEOUT": "1",
		"OTEL_EXPORTER_OTLP_HEADERS": "Authorization=Bearer%20x, tenant = a%2Cb", "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
		"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.1", "OTEL_PROPAGATORS": "tracecontext,baggage",
	})
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	if got.Endpoint.String() != "https://collector.example/base/v1/traces" || got.Timeout != 1500*time.Millisecond || !got.Gzip || !got.Parent {
		t.Errorf("%+v", got)
	}
	if got.Header.Get("Authorization") != "Bearer x" || got.Header.Get("Tenant") != "a,b" {
		t.Errorf("headers %v", got.Header)
	}
	got, mistakes = checkTracing(map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/all/of/it"})
	if len(mistakes) > 0 || got.Endpoint.String() != "http://127.0.0.1:4318/all/of/it" {
		t.Errorf("%+v %v", got, mistakes)
	}
	got, mistakes = checkTracing(map[string]string{"OTEL_TRACES_EXPORTER": "otlp"})
	if len(mistakes) > 0 || got.Endpoint.String() != "http://localhost:4318/v1/traces" {
		t.Errorf("%+v %v", got, mistakes)
	}
}

func TestTracingReportsMistakes(t *testing.T) {
	for _, test := range []struct{ variable, value, want string }{
		{"OTEL_SDK_DISABLED", "no", `OTEL_SDK_DISABLED="no" is not supported. Write false or true, or unset it.`},
		{"OTEL_TRACES_EXPORTER", "jaeger", `OTEL_TRACES_EXPORTER="jaeger" is not supported. Write otlp or none, or unset it.`},
		{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", `OTEL_EXPORTER_OTLP_PROTOCOL="grpc" is not supported. Write http/protobuf, or unset it.`},
		{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json", `OTEL_EXPORTER_OTLP_TRACES_PROTOCOL="http/json" is not supported.`},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "OTEL_EXPORTER_OTLP_ENDPOINT=\"co…\" is not the URL of a collector."},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:hunter2@collector", "is not the URL of a collector"},
		{"OTEL_EXPORTER_OTLP_TIMEOUT", "10s", `OTEL_EXPORTER_OTLP_TIMEOUT="10s" is not a number of milliseconds`},
		{"OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", "Write none or gzip"},
		{"OTEL_EXPORTER_OTLP_HEADERS", "api key=hunter2", `OTEL_EXPORTER_OTLP_HEADERS="ap…" is not a list of headers`},
		{"OTEL_EXPORTER_OTLP_HEADERS", "key=%0d%0aHost: hunter2", "is not a list of headers"},
		{"OTEL_EXPORTER_OTLP_HEADERS", "hunter2", "is not a list of headers"},
		{"OTEL_TRACES_SAMPLER", "sometimes", `OTEL_TRACES_SAMPLER="sometimes" is not supported`},
		{"OTEL_PROPAGATORS", "b3", `OTEL_PROPAGATORS="b3" names a format that is not supported`},
		{"OTEL_EXPORTER_OTLP_CERTIFICATE", "/does/not/exist", `OTEL_EXPORTER_OTLP_CERTIFICATE="/does/not/exist" cannot be read`},
		{"OTEL_EXPORTER_OTLP_CLIENT_KEY", "/does/not/exist", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE=\"\" is not a certificate with its key"},
	} {
		variables := map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
		variables[test.variable] = test.value
		_, mistakes := checkTracing(variables)
		if len(mistakes) != 1 || !strings.Contains(mistakes.Error(), test.want) || strings.Contains(mistakes.Error(), "hunter2") {
			t.Errorf("%s=%s: %v, want %s", test.variable, test.value, mistakes, test.want)
		}
	}
	_, mistakes := checkTracing(map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "10"})
	if len(mistakes) != 1 || !strings.Contains(mistakes.Error(), "OTEL_TRACES_SAMPLER_ARG") {
		t.Errorf("a ratio of 10: %v", mistakes)
	}
}
