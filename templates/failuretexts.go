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

// reasonTexts are the texts of the reasons that have one of their own with a status.
var reasonTexts = map[store.Reason]text{
	store.NotAMember:   textNotAMember(),
	store.DisabledUser: textRefused(store.DisabledUser),
	store.UnknownConnection: {
		http.StatusNotFound, "We don’t know this way to sign in",
		"The link names a sign-in that doesn’t exist, is turned off, or belongs to another organization.",
		"Go to the sign-in page and choose from there.",
	},
	store.SSOUnavailable: {
		http.StatusForbidden, "Sign-in for this organization isn’t available",
		"The organization lets people in only by its own sign-in, and that can’t be used at the moment.",
		"Ask an administrator of the organization.",
	},
	store.SSORequiredReason: {
		http.StatusUnauthorized, "Sign in another way",
		"The way you’re signed in doesn’t open this organization.",
		"Sign in with what the organization asks for, then try again.",
	},
	store.UnknownOrganization: {
		http.StatusNotFound, "We couldn’t find that organization",
		"There’s no organization at this address. It may have been renamed, or the address may have a typing mistake.",
		"Check the address, or sign in and choose from your organizations.",
	},
	store.JoinRequested: {
		http.StatusConflict, "You have asked to join several organizations",
		"Five of your requests to join an organization are waiting, which is as many as may wait at once.",
		"Wait until one of them is decided, or ask someone in the organization to invite you.",
	},
	store.SubdomainNotVerified: {
		http.StatusForbidden, "This organization’s address isn’t ready yet",
		"You’re a member, but the organization’s own web address is still being set up.",
		"Try again later, or ask an administrator of the organization.",
	},
	store.Host: {
		http.StatusForbidden, "We don’t answer this question",
		"It came from a proxy that isn’t trusted, or names the page asked for in more than one way.",
		"Go to the page itself. If you run the proxy, look at TRUSTED_PROXIES and at the headers that it sends.",
	},
}

// statusTexts are the texts of the other answers.
var statusTexts = map[int]text{
	http.StatusBadRequest: {
		http.StatusBadRequest, "We couldn’t understand that",
		"Something about the request isn’t as it should be. The link may be incomplete.",
		"Go to the sign-in page and try from there.",
	},
	http.StatusUnauthorized: {
		http.StatusUnauthorized, "You’re not signed in",
		"This needs an account, and nobody is signed in here, or the session has ended.",
		"Sign in, then try again.",
	},
	http.StatusForbidden: {
		http.StatusForbidden, "That’s not allowed",
		"We couldn’t be sure that the request really came from you, so we left everything as it was.",
		"Go to the sign-in page and try from there.",
	},
	http.StatusNotFound: {
		http.StatusNotFound, "Page not found",
		"There’s nothing at this address.",
		"Check the address for typing mistakes, or go to the sign-in page.",
	},
	http.StatusMethodNotAllowed: {
		http.StatusMethodNotAllowed, "That doesn’t work here",
		"This page can’t be used in the way it was asked for.",
		"Go to the sign-in page and try from there.",
	},
	http.StatusRequestEntityTooLarge: {
		http.StatusRequestEntityTooLarge, "That’s too much at once",
		"The request is larger than this page takes.",
		"Go to the sign-in page and try from there.",
	},
	http.StatusRequestURITooLong: {
		http.StatusRequestURITooLong, "That address is too long",
		"The address that brought you here is longer than this page takes.",
		"Go to the sign-in page and try from there.",
	},
	http.StatusMisdirectedRequest: {
		http.StatusMisdirectedRequest, "Wrong address",
		"This address isn’t one that we serve.",
		"Check the address in your browser, or start from your organization’s own page.",
	},
	http.StatusTooManyRequests: {
		http.StatusTooManyRequests, "Too many attempts",
		"There were a lot of sign-in attempts from your network in a short time, so we’re taking a short break.",
		"", // [textFailure] adds the time to wait
	},
	http.StatusRequestHeaderFieldsTooLarge: {
		http.StatusRequestHeaderFieldsTooLarge, "Your browser sent too much",
		"The address or the cookies that came with it are larger than we take.",
		"Clear the cookies for this site, then try again.",
	},
	http.StatusBadGateway: {
		http.StatusBadGateway, "Sign-in isn’t working right now",
		"The service that checks who you are gave an answer we couldn’t use. This isn’t your fault.",
		"Try again in a moment.",
	},
	http.StatusServiceUnavailable: {
		http.StatusServiceUnavailable, "We’ll be right back",
		"We can’t answer at the moment. Nothing is lost, and if you were signed in you still are.",
		"Try again in a moment.",
	},
	http.StatusGatewayTimeout: {
		http.StatusGatewayTimeout, "Sign-in is taking too long",
		"The service that checks who you are didn’t answer in time. This isn’t your fault.",
		"Try again in a moment.",
	},
}

// textFailure is the text of a status, or of one reason with that status.
func textFailure(status int, reason store.Reason, wait time.Duration) text {
	if t, ok := reasonTexts[reason]; ok && t.status == status {
		return t
	}
	t, ok := statusTexts[status]
	if !ok {
		t = text{
			http.StatusInternalServerError, "Something went wrong",
			"We made a mistake while handling your request.",
			"Try again. If it happens again, give your administrator the reference of this page.",
		}
	}
	if status == http.StatusTooManyRequests {
		t.Next = "Wait " + waitingTime(wait) + ", then try again."
	}
	return t
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
