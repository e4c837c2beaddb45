package config

import "log/slog"

// Check returns what to log.
func (s LogSettings) Check(c *Check) Log {
	log := Log{JSON: s.LogFormat == "json"}
	if !log.JSON && s.LogFormat != "text" {
		c.Add("LOG_FORMAT", s.LogFormat, "is no format", "Write json or text.")
	}
	levels := map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}
	level, ok := levels[s.LogLevel]
	if !ok {
		c.Add("LOG_LEVEL", s.LogLevel, "is no level", "Write debug, info, warn or error.")
	}
	log.Level = level
	log.RequestErrorsOnly = s.LogRequests == "errors"
	if !log.RequestErrorsOnly && s.LogRequests != "all" {
		c.Add("LOG_REQUESTS", s.LogRequests, "is not a choice", "Write all or errors.")
	}
	return log
}
