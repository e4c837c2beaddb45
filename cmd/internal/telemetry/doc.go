// Package telemetry exports spans by OTLP. A nil [Tracing] makes none, and costs nothing.
//
// The exporter is [otlptrace.Exporter] with a client of our own: that of otlptracehttp links all of gRPC, which is
// two megabytes of the binary.
package telemetry
