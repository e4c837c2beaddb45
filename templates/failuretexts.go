package templates

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"orglogin/store"
)

func textSignInFromFrame() text {
	return text{
		http.StatusUnauthorized, "Sign in to see this",
		"This part of the page needs an account, and you’re not signed in, or your session has ended.",
		"Sign-in opens in the whole window, and then shows this part by itself.",
	}
}

// textFailure is the text of a status, or of one reason with that status.
func textFailure(status int, reason store.Reason, wait time.Duration) text {
	switch {
	case status == http.StatusNotFound && reason == store.UnknownOrganization:
		return text{
			status, "We couldn’t find that organization",
			"There’s no organization at this address. It may have been renamed, or the address may have a typing mistake.",
			"Check the address, or sign in and choose from your organizations.",
		}
	case status == http.StatusForbidden && reason == store.SubdomainNotVerified:
		return text{
			status, "This organization’s address isn’t ready yet",
			"You’re a member, but the organization’s own web address is still being set up.",
			"Try again later, or ask an administrator of the organization.",
		}
	case status == http.StatusForbidden && reason == store.NotAMember:
		return textNotAMember()
	case status == http.StatusForbidden && reason == store.DisabledUser:
		return textRefused(reason)
	case status == http.StatusForbidden && reason == store.Host:
		return text{
			status, "We don’t answer this question",
			"It came from a proxy that isn’t trusted, or names the page asked for in more than one way.",
			"Go to the page itself. If you run the proxy, look at TRUSTED_PROXIES and at the headers that it sends.",
		}
	}
	switch status {
	case http.StatusBadRequest:
		return text{
			status, "We couldn’t understand that",
			"Something about the request isn’t as it should be. The link may be incomplete.",
			"Go to the sign-in page and try from there.",
		}
	case http.StatusUnauthorized:
		return text{
			status, "You’re not signed in",
			"This needs an account, and nobody is signed in here, or the session has ended.",
			"Sign in, then try again.",
		}
	case http.StatusForbidden:
		return text{
			status, "That’s not allowed",
			"We couldn’t be sure that the request really came from you, so we left everything as it was.",
			"Go to the sign-in page and try from there.",
		}
	case http.StatusNotFound:
		return text{
			status, "Page not found",
			"There’s nothing at this address.",
			"Check the address for typing mistakes, or go to the sign-in page.",
		}
	case http.StatusMethodNotAllowed:
		return text{
			status, "That doesn’t work here",
			"This page can’t be used in the way it was asked for.",
			"Go to the sign-in page and try from there.",
		}
	case http.StatusRequestEntityTooLarge:
		return text{
			status, "That’s too much at once",
			"The request is larger than this page takes.",
			"Go to the sign-in page and try from there.",
		}
	case http.StatusRequestURITooLong:
		return text{
			status, "That address is too long",
			"The address that brought you here is longer than this page takes.",
			"Go to the sign-in page and try from there.",
		}
	case http.StatusMisdirectedRequest:
		return text{
			status, "Wrong address",
			"This address isn’t one that we serve.",
			"Check the address in your browser, or start from your organization’s own page.",
		}
	case http.StatusTooManyRequests:
		return text{
			status, "Too many attempts",
			"There were a lot of sign-in attempts from your network in a short time, so we’re taking a short break.",
			"Wait " + waitingTime(wait) + ", then try again.",
		}
	case http.StatusRequestHeaderFieldsTooLarge:
		return text{
			status, "Your browser sent too much",
			"The address or the cookies that came with it are larger than we take.",
			"Clear the cookies for this site, then try again.",
		}
	case http.StatusBadGateway:
		return text{
			status, "Sign-in isn’t working right now",
			"The service that checks who you are gave an answer we couldn’t use. This isn’t your fault.",
			"Try again in a moment.",
		}
	case http.StatusServiceUnavailable:
		return text{
			status, "We’ll be right back",
			"We can’t answer at the moment. Nothing is lost, and if you were signed in you still are.",
			"Try again in a moment.",
		}
	case http.StatusGatewayTimeout:
		return text{
			status, "Sign-in is taking too long",
			"The service that checks who you are didn’t answer in time. This isn’t your fault.",
			"Try again in a moment.",
		}
	}
	return text{
		http.StatusInternalServerError, "Something went wrong",
		"We made a mistake while handling your request.",
		"Try again. If it happens again, give your administrator the reference of this page.",
	}
}

// waitingTime is d in words, in whole seconds: "1 minute 5 seconds".
func waitingTime(d time.Duration) string {
	left := max(int(d.Round(time.Second)/time.Second), 1)
	var words []string
	for _, unit := range []struct {
		seconds int
		name    string
	}{{3600, "hour"}, {60, "minute"}, {1, "second"}} {
		n := left / unit.seconds
		left %= unit.seconds
		switch {
		case n == 1:
			words = append(words, "1 "+unit.name)
		case n > 1:
			words = append(words, strconv.Itoa(n)+" "+unit.name+"s")
		}
	}
	return strings.Join(words, " ")
}
