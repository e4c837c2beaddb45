package config

import "log/slog"

// Log says what is logged, on standard error.
type Log struct {
	Format   string     `name:"log-format" variable:"LOG_FORMAT" type:"choice" choices:"json,text" default:"json" help:"json or text."`
	Level    slog.Level `name:"log-level" variable:"LOG_LEVEL" type:"log-level" choices:"debug,info,warn,error" default:"info" help:"debug, info, warn or error."`
	Requests string     `name:"log-requests" variable:"LOG_REQUESTS" type:"choice" choices:"all,errors" default:"all" help:"all logs a line per request; errors only those answered with 400 and above."`
}

func (s setting) logLevel(text string) (level slog.Level) {
	if err := level.UnmarshalText([]byte(s.choice(text))); err != nil {
		return slog.LevelInfo // which choice has refused
	}
	return level
}
