package config

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Tracing says where spans are sent, by the variables of OpenTelemetry. OTEL_TRACES_SAMPLER, OTEL_BSP_*, OTEL_SPAN_*,
// OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES are read by its SDK.
type Tracing struct {
	Endpoint *url.URL // takes a POST of OTLP in protobuf
	Header   http.Header
	Timeout  time.Duration // of one export
	Gzip     bool
	TLS      *tls.Config // nil: the system's authorities, no client certificate
	Parent   bool        // traceparent of trusted proxies is read
}

const otlp = "OTEL_EXPORTER_OTLP_"

// tracingVariables reads the variables of OpenTelemetry, and collects what is wrong with them.
type tracingVariables struct {
	getenv func(string) string
	check  *Check
}

// CheckTracing returns nil, and reads no more, unless the environment names an endpoint or the exporter.
func CheckTracing(c *Check, getenv func(string) string) *Tracing {
	v := tracingVariables{getenv, c}
	disabled := v.oneOf("OTEL_SDK_DISABLED", "false", "true")
	exporter := v.oneOf("OTEL_TRACES_EXPORTER", "", "otlp", "none")
	_, endpoint := v.traces("ENDPOINT")
	if disabled == "true" || exporter == "none" || exporter == "" && endpoint == "" {
		return nil
	}
	v.checkSampler()
	v.oneOf(first(v.traces("PROTOCOL")), "http/protobuf")
	return &Tracing{
		Endpoint: v.endpoint(), Header: v.header(), Timeout: v.timeout(), TLS: v.tls(), Parent: v.parent(),
		Gzip: v.oneOf(first(v.traces("COMPRESSION")), "none", "gzip") == "gzip",
	}
}

func first(variable, _ string) string { return variable }

// traces is the variable for traces, or else the one for every signal, and its value.
func (v tracingVariables) traces(name string) (variable, value string) {
	if value := v.getenv(otlp + "TRACES_" + name); value != "" {
		return otlp + "TRACES_" + name, value
	}
	return otlp + name, v.getenv(otlp + name)
}

// oneOf is the value of a variable; the first choice where it is not set.
func (v tracingVariables) oneOf(variable string, choices ...string) string {
	value := strings.ToLower(strings.TrimSpace(v.getenv(variable)))
	if value == "" {
		return choices[0]
	}
	if !slices.Contains(choices, value) {
		given := slices.DeleteFunc(slices.Clone(choices), func(s string) bool { return s == "" })
		v.check.Add(variable, value, "is not supported", "Write "+strings.Join(given, " or ")+", or unset it.")
	}
	return value
}

// endpoint is the URL of a collector with the path for traces, unless the variable is the one for traces: that is the whole URL.
func (v tracingVariables) endpoint() *url.URL {
	variable, value := v.traces("ENDPOINT")
	u, err := url.Parse(cmp.Or(value, "http://localhost:4318"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		v.check.addAddress(variable, value, "is not the URL of a collector", "Write http://HOST:4318 or https://HOST, without a user: that belongs in "+otlp+"HEADERS.")
		return nil
	}
	if variable == otlp+"ENDPOINT" {
		u = u.JoinPath("v1/traces")
	}
	return u
}

// header are pairs of name and percent-encoded value, as in W3C baggage.
func (v tracingVariables) header() http.Header {
	variable, value := v.traces("HEADERS")
	h := http.Header{}
	if strings.TrimSpace(value) == "" {
		return h
	}
	for pair := range strings.SplitSeq(value, ",") {
		name, text, found := strings.Cut(pair, "=")
		text, err := url.PathUnescape(strings.TrimSpace(text))
		name = strings.TrimSpace(name)
		if !found || err != nil || !isToken(name) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			v.check.AddSecret(variable, value, "is not a list of headers", "Write NAME=VALUE, comma-separated, each value percent-encoded.")
			return nil
		}
		h.Add(name, text)
	}
	return h
}

// isToken reports whether s may be the name of a header (RFC 9110 section 5.6.2).
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}

func (v tracingVariables) timeout() time.Duration {
	variable, value := v.traces("TIMEOUT")
	if value == "" {
		return 10 * time.Second
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > 600_000 {
		v.check.Add(variable, value, "is not a number of milliseconds between 1 and 600000", "Write 10000 for ten seconds.")
	}
	return time.Duration(n) * time.Millisecond
}

func (v tracingVariables) checkSampler() {
	name := v.oneOf("OTEL_TRACES_SAMPLER", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio", "always_on", "always_off", "traceidratio")
	argument := strings.TrimSpace(v.getenv("OTEL_TRACES_SAMPLER_ARG"))
	if argument == "" || !strings.HasSuffix(name, "traceidratio") {
		return
	}
	if ratio, err := strconv.ParseFloat(argument, 64); err != nil || !(ratio >= 0 && ratio <= 1) {
		v.check.Add("OTEL_TRACES_SAMPLER_ARG", argument, "is not a number between 0 and 1", "Write 0.1 for every tenth trace.")
	}
}

// parent reports whether W3C trace context is read. Baggage never is.
func (v tracingVariables) parent() bool {
	value := strings.ToLower(v.getenv("OTEL_PROPAGATORS"))
	if value == "" {
		return true
	}
	var names []string
	for name := range strings.SplitSeq(value, ",") {
		name = strings.TrimSpace(name)
		if name != "tracecontext" && name != "baggage" && name != "none" {
			v.check.Add("OTEL_PROPAGATORS", value, "names a format that is not supported", "Write tracecontext or none, or unset it.")
			return false
		}
		names = append(names, name)
	}
	return slices.Contains(names, "tracecontext")
}

// tls reads the certificates of the collector and for it.
func (v tracingVariables) tls() *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if variable, file := v.traces("CERTIFICATE"); file != "" {
		pem, err := ReadFile(file, maxCertificates)
		c.RootCAs = x509.NewCertPool()
		switch {
		case err != nil:
			v.check.Add(variable, file, err.Error(), "Name a file that this user can read.")
		case !c.RootCAs.AppendCertsFromPEM(pem):
			v.check.Add(variable, file, "has no certificate in PEM", "Name the file of the authority that signed the collector's certificate.")
		}
	}
	variable, certificate := v.traces("CLIENT_CERTIFICATE")
	_, key := v.traces("CLIENT_KEY")
	if certificate == "" && key == "" {
		return c
	}
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		v.check.Add(variable, certificate, "is not a certificate with its key: "+err.Error(), "Name both files, in PEM, in "+otlp+"CLIENT_CERTIFICATE and "+otlp+"CLIENT_KEY.")
	}
	c.Certificates = []tls.Certificate{pair}
	return c
}

// maxCertificates is above the list of authorities of a system.
const maxCertificates = 1 << 20
