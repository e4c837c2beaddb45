package domains

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"orglogin/store"
)

// Name returns the domain as it is stored: lower case, with A-labels (RFC 5890 section 2.3.2.1).
// base is BASE_DOMAIN. The error says why no organization may claim the domain.
func Name(text, base string) (string, error) {
	if _, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return "", errors.New("is an IP address")
	}
	domain, ok := store.NormalizeDomain(text)
	if !ok {
		if err := store.CheckDNSName(store.LowerASCII(text)); err != nil {
			return "", err
		}
		return "", errors.New("is not a domain name")
	}
	if _, err := idna.Registration.ToUnicode(domain); err != nil { // RFC 5891 section 4
		return "", errors.New("has a label that begins with xn-- and is no valid A-label")
	}
	suffix, _ := publicsuffix.PublicSuffix(domain)
	switch {
	case suffix == domain:
		return "", errors.New("is a public suffix, under which anybody can have a name")
	case domain == base || strings.HasSuffix(domain, "."+base) || strings.HasSuffix(base, "."+domain):
		return "", fmt.Errorf("is %s, or above or below it, which is the service's own", base)
	}
	return domain, nil
}

// mailProviders give addresses to anybody, so none of them belongs to an organization.
var mailProviders = strings.Fields(`
	aol.com bluewin.ch fastmail.com free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hey.com
	hotmail.co.uk hotmail.com hotmail.de hotmail.fr icloud.com laposte.net libero.it live.com live.de mac.com mail.com mail.ru
	mailbox.org me.com msn.com naver.com orange.fr outlook.com outlook.de pm.me posteo.de proton.me protonmail.com qq.com
	sina.com t-online.de tuta.com tutanota.com web.de yahoo.co.jp yahoo.co.uk yahoo.com yahoo.de yahoo.fr yandex.com yandex.ru zoho.com 163.com 126.com`)

// MailProvider reports whether anybody can have an address in the domain.
func MailProvider(domain string) bool {
	for _, m := range mailProviders {
		if m == domain {
			return true
		}
	}
	return false
}
