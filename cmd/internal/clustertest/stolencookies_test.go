package clustertest

import (
	"net/http"
	"net/url"
	"strings"
)

// stolen is a jar with the cookies as a thief copied them: it gives nothing up.
type stolen []*http.Cookie

func (s stolen) Cookies(*url.URL) []*http.Cookie     { return s }
func (s stolen) SetCookies(*url.URL, []*http.Cookie) {}

// rob returns an attacker with the cookies that v has now.
func (f *fixture) rob(v visitor) visitor {
	var loot stolen
	for name, value := range v.Cookies() {
		loot = append(loot, &http.Cookie{Name: name, Value: value})
	}
	thief := f.visitor(v.t, v.Person)
	thief.Jar = loot
	return thief
}

// header is what the browser would send to the login host now, to be sent again
// when it no longer would.
func (v visitor) header() string {
	var pairs []string
	for name, value := range v.Cookies() {
		pairs = append(pairs, name+"="+value)
	}
	return strings.Join(pairs, "; ")
}
