package config

import (
	"reflect"
	"slices"
	"strconv"

	"github.com/alecthomas/kong"
)

// setting is a variable while its text is read.
type setting struct {
	check    *Check
	tag      *kong.Tag
	variable string
}

func (s setting) add(value, problem, fix string) { s.check.Add(s.variable, value, problem, fix) }

// example is a value of the setting that is right.
func (s setting) example() string { return s.tag.Get("example") }

// Decoders read the texts of settings, each those with its name in the tag type. A text that cannot be read leaves
// its field at the zero value; [Check.Use] reports it.
func (c *Check) Decoders() []kong.Option {
	return []kong.Option{
		decoder(c, "address", setting.address),
		decoder(c, "api-address", setting.apiAddress),
		decoder(c, "base-domain", setting.baseDomain),
		decoder(c, "brand-color", setting.brandColor),
		decoder(c, "brand-name", setting.brandName),
		decoder(c, "choice", setting.choice),
		decoder(c, "claim", setting.claim),
		decoder(c, "cookie-suffix", setting.cookieSuffix),
		decoder(c, "database-url", setting.databaseURL),
		decoder(c, "dns-server", setting.dnsServer),
		decoder(c, "duration", setting.duration),
		decoder(c, "home", setting.home),
		decoder(c, "languages", setting.languages),
		decoder(c, "link", setting.link),
		decoder(c, "list", setting.list),
		decoder(c, "log-level", setting.logLevel),
		decoder(c, "networks", setting.networks),
		decoder(c, "origin", setting.origin),
		decoder(c, "picture", setting.picture),
		decoder(c, "providers-file", setting.providersFile),
		decoder(c, "proxies", setting.proxies),
		decoder(c, "rate-limit", setting.rateLimit),
		decoder(c, "redis-urls", setting.redisURLs),
		decoder(c, "secret-keys", setting.secretKeys),
		decoder(c, "sender", setting.sender),
		decoder(c, "shutdown-delay", setting.shutdownDelay),
		decoder(c, "signing-keys", setting.signingKeys),
		decoder(c, "smtp-url", setting.smtpURL),
	}
}

// mapper reads a text by parse. It notes mistakes instead of returning them: kong would stop at the first.
type mapper struct {
	check *Check
	parse func(s setting, text string) reflect.Value
}

func decoder[T any](c *Check, name string, parse func(s setting, text string) T) kong.Option {
	return kong.NamedMapper(name, mapper{c, func(s setting, text string) reflect.Value { return reflect.ValueOf(parse(s, text)) }})
}

// Decode implements [kong.Mapper]. An empty text counts as unset.
func (m mapper) Decode(ctx *kong.DecodeContext, target reflect.Value) error {
	var text string
	if err := ctx.Scan.PopValueInto("value", &text); err != nil {
		return err
	}
	if text == "" && !ctx.Value.HasDefault {
		target.SetZero()
		return nil
	}
	read := &Check{}
	value := m.parse(setting{read, ctx.Value.Tag, ctx.Value.Tag.Get("variable")}, text)
	m.check.unread = append(m.check.unread, read.Mistakes...)
	target.Set(value.Convert(target.Type()))
	return nil
}

// PlaceHolder implements [kong.PlaceHolderProvider]: the default is shown as the text it is.
func (mapper) PlaceHolder(flag *kong.Flag) string {
	if flag.PlaceHolder != "" {
		return flag.PlaceHolder
	}
	return strconv.Quote(flag.Default)
}

// Use adds the mistakes in groups of settings, each a pointer to a struct: texts that could not be read, required
// settings that are missing, and values that do not go together. What a command does not use may be wrong.
func (c *Check) Use(groups ...any) {
	for _, group := range groups {
		fields := reflect.ValueOf(group).Elem()
		for i := range fields.NumField() {
			tag := fields.Type().Field(i).Tag
			if variable := tag.Get("variable"); variable != "" {
				c.UseVariable(variable)
				if fix := tag.Get("missing"); fix != "" && fields.Field(i).IsZero() && !c.has(variable) {
					c.missing(variable, fix)
				}
			}
		}
		if group, ok := group.(interface{ check(c *Check) }); ok {
			group.check(c)
		}
	}
}

// UseVariable adds the mistakes in the text of one variable.
func (c *Check) UseVariable(variable string) {
	c.unread = slices.DeleteFunc(c.unread, func(m Mistake) bool {
		if m.Variable == variable {
			c.Mistakes = append(c.Mistakes, m)
		}
		return m.Variable == variable
	})
}
