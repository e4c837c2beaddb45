package templates

// german addresses people formally.
func german() *Language {
	return &Language{Tag: "de", texts: texts{
		Common: commonTexts{
			ThisOrganization: "diese Organisation",
			SignedInAs:       "Angemeldet als",
			Reference:        "Referenz für den Support:",
			ActionsLabel:     "Was Sie tun können",
			FooterLabel:      "Hilfe und Rechtliches",

			Support: "Hilfe",
			Terms:   "Nutzungsbedingungen",
			Privacy: "Datenschutz",
			Status:  "Systemstatus",

			Home:              "Zur Startseite",
			SignIn:            "Anmelden",
			SignOut:           "Abmelden",
			StartAgain:        "Neu beginnen",
			Retry:             "Erneut versuchen",
			UseAnotherAccount: "Anderes Konto verwenden",
			OtherAccount:      "Mit einem anderen Konto anmelden",
			AllOrganizations:  "Ihre Organisationen anzeigen",
			SignInPage:        "Zur Anmeldeseite",
			Continue:          "Weiter",
			WithoutInvitation: "Ohne die Einladung fortfahren",
		},
		Roles: roleTexts{
			Owner: "Inhaber", Admin: "Administrator", Member: "Mitglied",
			AsOwner: "als Inhaber", AsAdmin: "als Administrator", AsMember: "als Mitglied", AsOther: "mit der Rolle {role}",
		},
		Dates: dateTexts{
			Months: [12]message{
				"Januar", "Februar", "März", "April", "Mai", "Juni",
				"Juli", "August", "September", "Oktober", "November", "Dezember",
			},
			Date: "{day}.\u00a0{month} {year}", FirstDay: "{day}",
			Hour: "1 Stunde", Minute: "1 Minute", Second: "1 Sekunde",
			Hours: "{n} Stunden", Minutes: "{n} Minuten", Seconds: "{n} Sekunden",
		},
		Login: loginTexts{
			SignIn:           "Anmelden",
			SignInTo:         "Bei {name} anmelden",
			UseAccount:       "Melden Sie sich mit Ihrem Konto an.",
			UseAccountOf:     "Melden Sie sich mit Ihrem Konto bei {provider} an.",
			Choose:           "Wählen Sie, wie Sie sich anmelden möchten.",
			SignInWith:       "Mit {provider} anmelden",
			OtherWays:        "Andere Anmeldemöglichkeiten",
			OrKeep:           "Oder dieses Konto behalten",
			KeepAccount:      "Mit diesem Konto fortfahren",
			Email:            "Geschäftliche E‑Mail-Adresse",
			FindsConnection:  "Findet die Anmeldung Ihrer Organisation, falls sie eine eigene hat.",
			InvitationSignIn: "Melden Sie sich mit der Adresse an, an die die Einladung geschickt wurde.",
		},
		Notices: noticeTexts{
			SignedOut:           "Sie sind abgemeldet.",
			SignedOutEverywhere: "Sie sind auf allen Ihren Geräten abgemeldet.",
			SessionEnded:        "Ihre Sitzung ist beendet. Melden Sie sich erneut an, um fortzufahren.",
			NotDiscovered:       "Zu dieser Adresse haben wir keine Anmeldung Ihrer Organisation gefunden. Melden Sie sich stattdessen unten an.",
			RedirectRefused:     "Zu der Seite, die der Link nennt, können wir Sie nicht weiterleiten. Wir bringen Sie stattdessen zu Ihrer gewohnten Seite.",
		},
		Invitation: invitationTexts{
			Join:          "{organization} beitreten",
			AlreadyMember: "Sie sind bereits Mitglied von {organization}",
			Invited:       "Sie wurden eingeladen, {as} beizutreten.",
			InvitedBy:     "{inviter} hat Sie eingeladen, {as} beizutreten.",
			ValidUntil:    "Die Einladung gilt bis zum {date}.",
			ChangesMember: "Ihre Rolle dort ist {role}. Diese Einladung ändert daran nichts.",
			SentTo:        "Einladung gesendet an",
			SignedInAs:    "Sie sind angemeldet als",
			Accept:        "Einladung annehmen",
			Decline:       "Nicht jetzt",
			WasFor:        "Es war eine Einladung zu {organization}.",
			WrongAccount: sentences{
				"Diese Einladung gilt für eine andere Adresse",
				"Die Einladung wurde an eine andere E‑Mail-Adresse geschickt als die, mit der Sie angemeldet sind.",
				"Wechseln Sie zum eingeladenen Konto, um sie anzunehmen. Die Einladung gilt weiterhin.",
			},
			WrongAccountOf: "Die Einladung zu {organization} wurde an eine andere E‑Mail-Adresse geschickt als die, mit der Sie angemeldet sind.",
			Unverified: sentences{
				"Ihre E‑Mail-Adresse ist nicht bestätigt",
				"Die Einladung gilt für diese Adresse. Das Konto, mit dem Sie sich angemeldet haben, hat aber nicht bestätigt, dass sie Ihnen gehört.",
				"Bestätigen Sie die Adresse dort, wo Sie das Konto verwalten, und öffnen Sie dann die Einladung erneut. Sie gilt weiterhin.",
			},
			UnverifiedOf: "Die Einladung zu {organization} gilt für diese Adresse. Das Konto, mit dem Sie sich angemeldet haben, hat aber nicht bestätigt, dass sie Ihnen gehört.",
			Expired: sentences{
				"Diese Einladung ist abgelaufen",
				"Einladungen gelten nur für begrenzte Zeit, und diese ist abgelaufen.",
				"Bitten Sie die Person, die Sie eingeladen hat, um eine neue.",
			},
			Revoked: sentences{
				"Diese Einladung wurde zurückgezogen",
				"Jemand in der Organisation hat die Einladung zurückgezogen.",
				"Wenn Sie das für einen Irrtum halten, fragen Sie die Person, die Sie eingeladen hat.",
			},
			Used: sentences{
				"Diese Einladung wurde bereits verwendet",
				"Eine Einladung gilt einmal, und diese wurde schon angenommen.",
				"Wenn Sie sie selbst angenommen haben, melden Sie sich mit dem Konto an, mit dem Sie das getan haben. Wenn nicht oder wenn Sie kein Mitglied mehr sind, bitten Sie die Person, die Sie eingeladen hat, um eine neue.",
			},
			Unknown: sentences{
				"Diese Einladung kennen wir nicht",
				"Der Link passt zu keiner Einladung. Vielleicht wurde er beim Kopieren abgeschnitten.",
				"Öffnen Sie den Link in Ihrer E‑Mail noch einmal oder bitten Sie um eine neue Einladung.",
			},
		},
		Chooser: chooserTexts{
			Title:           "Organisation auswählen",
			NoOrganization:  "Sie gehören noch zu keiner Organisation",
			OpenTheMail:     "Sie wurden aber eingeladen: Öffnen Sie den Link in der E‑Mail, um beizutreten.",
			AskToJoinOne:    "Sie können einer Organisation beitreten, die die Domain Ihrer E‑Mail-Adresse kennt.",
			AskForAnInvite:  "Bitten Sie jemanden in der Organisation, Sie unter der oben genannten Adresse einzuladen, und öffnen Sie dann den Link in der E‑Mail. Wenn Sie mit einem anderen Konto zu einer Organisation gehören, verwenden Sie dieses.",
			JoinsTitle:      "Organisationen Ihrer E‑Mail-Adresse",
			InvitationTitle: "Einladungen für Sie",
			OpenTheLink:     "Öffnen Sie den Link in Ihrer E‑Mail, um beizutreten.",
			Until:           "bis {date}",
			Pending:         "Die Webadresse wird noch eingerichtet.",
			LastUsed:        "Zuletzt verwendet",
			Filter:          "Organisation suchen",
			FilterButton:    "Suchen",
			ShowAll:         "Alle anzeigen",
			NoMatch:         "Keine Ihrer Organisationen passt zu „{query}“.",
			Without:         "Ohne Organisation fortfahren",
			Yours:           "Ihre Organisationen",
			Requested:       "Sie haben den Beitritt zu {organization} beantragt. Dort wird darüber entschieden.",
			AskToJoin:       "Beitritt zu {organization} beantragen",
		},
		SignOut: signOutTexts{
			Title:            "Abmelden?",
			NotSignedIn:      "Sie sind nicht angemeldet",
			NoOneSignedIn:    "In diesem Browser ist niemand angemeldet.",
			Everywhere:       "Überall abmelden",
			EverywhereMeans:  "Überall heißt: in allen Browsern und auf allen Geräten, auf denen Sie mit diesem Konto angemeldet sind.",
			EverywhereOfOrgs: "Überall heißt: in allen Browsern und auf allen Geräten, auf denen Sie allein über die Anmeldung Ihrer Organisation angemeldet sind.",
			Stay:             "Angemeldet bleiben",
		},
		Connection: connectionTexts{
			Worked: sentences{
				"Die Testanmeldung hat funktioniert",
				"Der Anbieter hat mit diesen Angaben geantwortet. Niemand wurde dadurch angemeldet, und sonst hat sich nichts geändert.",
				"Sie können diese Seite schließen und die Verbindung aktivieren.",
			},
			WouldRefuse:   "Die Verbindung kann aktiviert werden, aber eine Anmeldung mit diesen Angaben würde abgelehnt: {problem}.",
			FailedTitle:   "Die Testanmeldung ist fehlgeschlagen",
			FailedNext:    "Berichtigen Sie die Verbindung oder den Anbieter und fordern Sie dann einen neuen Testlink an: Jeder gilt einmal.",
			Unreachable:   "Wir konnten den Anbieter nicht erreichen (unreachable).",
			TLS:           "Das Zertifikat des Anbieters ist für seine Adresse nicht gültig (tls).",
			NotJSON:       "Der Anbieter hat mit etwas anderem als JSON geantwortet (not_json).",
			OtherIssuer:   "Die Dokumente des Anbieters nennen einen anderen Aussteller als die Verbindung (issuer_mismatch).",
			ClientRefused: "Der Anbieter hat Client-ID und Client-Secret der Verbindung nicht angenommen (client_refused).",
		},
		Refused: refusedTexts{
			TriedAs:           "Sie wollten sich anmelden als",
			ForAdministrators: "Für die Betreiber der Anmeldung: {problem}.",
			NotAMember: sentences{
				"Sie sind kein Mitglied dieser Organisation",
				"Das Konto, mit dem Sie angemeldet sind, ist kein Mitglied der gewünschten Organisation.",
				"Wenn Sie mit einem anderen Konto dazugehören, verwenden Sie dieses. Andernfalls bitten Sie jemanden in der Organisation, Sie einzuladen.",
			},
			NotAMemberOf: "Das Konto, mit dem Sie angemeldet sind, ist kein Mitglied von {organization}.",
			SSOApp: sentences{
				"Melden Sie sich anders an",
				"Mit Ihrer jetzigen Anmeldung öffnen Sie nur die Organisationen, für die Sie sich angemeldet haben.",
				"Hier bleiben Sie angemeldet.",
			},
			SSO: sentences{
				"Diese Organisation verlangt eine andere Anmeldung",
				"Mit Ihrer jetzigen Anmeldung lässt sich diese Organisation nicht öffnen.",
				"Hier bleiben Sie angemeldet.",
			},
			SSOAsks:    "{organization} verlangt die Anmeldung mit {provider}.",
			SSOAsksOwn: "{organization} verlangt die eigene Anmeldung der Organisation.",
			Denied: sentences{
				"Die Anmeldung wurde abgebrochen",
				"Sie haben die Anmeldung verlassen, bevor sie beendet war. Sie sind nicht angemeldet.",
				"Wenn das nicht Ihre Absicht war, versuchen Sie es einfach noch einmal.",
			},
			EmailNotVerified: sentences{
				"Ihre E‑Mail-Adresse ist nicht bestätigt",
				"Wir können Sie erst anmelden, wenn das verwendete Konto bestätigt hat, dass die E‑Mail-Adresse Ihnen gehört.",
				"Bestätigen Sie die Adresse dort, wo Sie das Konto verwalten, und melden Sie sich dann erneut an.",
			},
			HostedDomain: sentences{
				"Bitte verwenden Sie Ihr geschäftliches Konto",
				"Hier können sich nur Konten anmelden, die von einer zugelassenen Organisation verwaltet werden.",
				"Melden Sie sich mit dem Konto Ihres Unternehmens oder Ihrer Schule an.",
			},
			SignupIsClosed: sentences{
				"Sie benötigen eine Einladung",
				"Für Sie gibt es hier noch kein Konto, und neue Konten gibt es nur auf Einladung.",
				"Bitten Sie jemanden in Ihrer Organisation, Sie einzuladen. Wenn Sie eine Einladung haben, öffnen Sie deren Link und melden Sie sich mit der eingeladenen Adresse an.",
			},
			NotInvited: sentences{
				"Sie wurden noch nicht eingeladen",
				"Die Anmeldung Ihrer Organisation hat funktioniert, aber es gibt hier kein Konto, das sie für Sie öffnen darf.",
				"Bitten Sie jemanden in der Organisation, Sie einzuladen. Öffnen Sie dann den Link in der E‑Mail und melden Sie sich von dort an.",
			},
			Ambiguous: sentences{
				"Ihr Konto lässt sich nicht eindeutig bestimmen",
				"Mehrere Mitglieder der Organisation haben diese Adresse.",
				"Bitten Sie einen Administrator der Organisation, Sie einzuladen. Öffnen Sie dann den Link in der E‑Mail und melden Sie sich von dort an.",
			},
			UnknownConnection: sentences{
				"Diese Anmeldemöglichkeit wurde abgeschaltet",
				"Sie wurde abgeschaltet, während Sie sich angemeldet haben. Sie sind nicht angemeldet.",
				"Versuchen Sie es erneut oder wenden Sie sich an einen Administrator Ihrer Organisation.",
			},
			DisabledUser: sentences{
				"Dieses Konto wurde gesperrt",
				"Ein Administrator hat Ihren Zugang gesperrt.",
				"Wenn Sie das für einen Irrtum halten, wenden Sie sich an einen Administrator Ihrer Organisation.",
			},
			Other: sentences{
				"Wir konnten Sie nicht anmelden",
				"Das verwendete Konto kann sich hier nicht anmelden.",
				"Melden Sie sich mit einem anderen Konto an oder wenden Sie sich an einen Administrator Ihrer Organisation.",
			},
		},
		Flow:    germanFlow(),
		Failure: germanFailures(),
	}}
}

func germanFlow() flowTexts {
	return flowTexts{
		Rejected: sentences{
			"Die Anmeldung ist nicht richtig eingerichtet",
			"Der Dienst, der Ihre Identität prüft, hat unsere Anfrage nicht angenommen. Das ist ein Fehler der Einrichtung, nicht Ihrer.",
			"Nennen Sie Ihrem Administrator die Referenz dieser Seite oder beginnen Sie später neu.",
		},
		NoCookie: sentences{
			"Diese Anmeldung hat woanders begonnen",
			"Ihr Browser hat das Cookie nicht zurückgeschickt, das wir zu Beginn der Anmeldung gesetzt haben. Vielleicht hat sie in einem anderen Browser oder einem privaten Fenster begonnen, ist schon abgeschlossen, oder Cookies sind blockiert.",
			"Beginnen Sie in diesem Browser neu und lassen Sie Cookies für diese Website zu.",
		},
		Expired: sentences{
			"Das hat etwas zu lange gedauert",
			"Eine Anmeldung muss innerhalb von 15 Minuten abgeschlossen sein, und diese hat länger gedauert.",
			"Beginnen Sie die Anmeldung neu. Sie kommen trotzdem dorthin, wohin Sie wollten.",
		},
		Used: sentences{
			"Diese Anmeldung ist schon beendet",
			"Jede Anmeldung gilt nur einmal. Diese wurde bereits beendet, vielleicht in einem anderen Tab, oder Sie sind zurückgegangen oder haben die Seite neu geladen.",
			"Wenn Sie nicht angemeldet sind, beginnen Sie neu.",
		},
		BadState: sentences{
			"Wir konnten diese Anmeldung nicht zuordnen",
			"Die Antwort gehört zu keiner Anmeldung, die wir kennen. Der Link ist vielleicht unvollständig oder sehr alt.",
			"Beginnen Sie die Anmeldung neu.",
		},
		Other: sentences{
			"Wir konnten die Anmeldung nicht abschließen",
			"Die Antwort war keine, die wir annehmen können. Sie sind nicht angemeldet.",
			"Beginnen Sie die Anmeldung neu.",
		},
	}
}

func germanFailures() failureTexts {
	return failureTexts{
		SignInFromFrame: sentences{
			"Melden Sie sich an, um dies zu sehen",
			"Für diesen Teil der Seite ist ein Konto nötig. Sie sind nicht angemeldet, oder Ihre Sitzung ist beendet.",
			"Die Anmeldung öffnet sich im ganzen Fenster und zeigt danach nur diesen Teil.",
		},
		UnknownConnection: sentences{
			"Diese Anmeldemöglichkeit kennen wir nicht",
			"Der Link nennt eine Anmeldung, die es nicht gibt, die abgeschaltet ist oder zu einer anderen Organisation gehört.",
			"Wählen Sie eine andere Anmeldemöglichkeit.",
		},
		SSOUnavailable: sentences{
			"Die Anmeldung für diese Organisation ist nicht verfügbar",
			"Die Organisation lässt nur die eigene Anmeldung zu, und die kann zurzeit nicht verwendet werden.",
			"Wenden Sie sich an einen Administrator der Organisation.",
		},
		SSORequired: sentences{
			"Melden Sie sich anders an",
			"Mit Ihrer jetzigen Anmeldung lässt sich diese Organisation nicht öffnen.",
			"Melden Sie sich so an, wie es die Organisation verlangt, und versuchen Sie es dann erneut.",
		},
		UnknownOrganization: sentences{
			"Wir haben diese Organisation nicht gefunden",
			"Unter dieser Adresse gibt es keine Organisation. Vielleicht wurde sie umbenannt, oder die Adresse enthält einen Tippfehler.",
			"Prüfen Sie die Adresse oder melden Sie sich an und wählen Sie aus Ihren Organisationen.",
		},
		JoinRequested: sentences{
			"Sie haben schon mehrere Beitritte beantragt",
			"Fünf Ihrer Beitrittsanträge sind noch offen. Mehr können es nicht gleichzeitig sein.",
			"Warten Sie, bis über einen entschieden ist, oder bitten Sie jemanden in der Organisation, Sie einzuladen.",
		},
		SubdomainNotVerified: sentences{
			"Die Adresse dieser Organisation ist noch nicht bereit",
			"Sie sind Mitglied, aber die eigene Webadresse der Organisation wird noch eingerichtet.",
			"Versuchen Sie es später erneut oder wenden Sie sich an einen Administrator der Organisation.",
		},
		UntrustedRequest: sentences{
			"Für diese Adresse ist keine Anmeldung eingerichtet",
			"Die Anfrage kam von einem Proxy, dem nicht vertraut wird, oder sie nennt die gewünschte Seite auf mehr als eine Art.",
			"Wenn Sie den Proxy betreiben, prüfen Sie TRUSTED_PROXIES und die Header, die er sendet. Wenn nicht, nennen Sie Ihrem Administrator die Referenz dieser Seite.",
		},
		BadRequest: sentences{
			"Das haben wir nicht verstanden",
			"Etwas an der Anfrage stimmt nicht. Vielleicht ist der Link unvollständig.",
			"Gehen Sie zurück und versuchen Sie es erneut.",
		},
		Unauthorized: sentences{
			"Sie sind nicht angemeldet",
			"Hierfür ist ein Konto nötig. Niemand ist hier angemeldet, oder die Sitzung ist beendet.",
			"Melden Sie sich an und versuchen Sie es dann erneut.",
		},
		Forbidden: sentences{
			"Das ist nicht erlaubt",
			"Wir konnten nicht sicher sein, dass die Anfrage wirklich von Ihnen kam. Deshalb haben wir nichts geändert.",
			"Gehen Sie zurück und versuchen Sie es erneut.",
		},
		NotFound: sentences{
			"Seite nicht gefunden",
			"Unter dieser Adresse gibt es nichts.",
			"Prüfen Sie die Adresse auf Tippfehler.",
		},
		MethodNotAllowed: sentences{
			"Das geht hier nicht",
			"Diese Seite lässt sich auf diese Weise nicht verwenden.",
			"Gehen Sie zurück und versuchen Sie es erneut.",
		},
		TooLarge: sentences{
			"Das ist zu viel auf einmal",
			"Die Anfrage ist größer, als diese Seite annimmt.",
			"Gehen Sie zurück und versuchen Sie es erneut.",
		},
		URITooLong: sentences{
			"Diese Adresse ist zu lang",
			"Die Adresse, über die Sie hierher gekommen sind, ist länger, als diese Seite annimmt.",
			"Gehen Sie zurück und versuchen Sie es erneut.",
		},
		Misdirected: sentences{
			"Falsche Adresse",
			"Diese Adresse gehört nicht zu unserem Dienst.",
			"Prüfen Sie die Adresse in Ihrem Browser oder beginnen Sie auf der Seite Ihrer Organisation.",
		},
		TooManyRequests: sentences{
			"Zu viele Versuche",
			"Aus Ihrem Netzwerk kamen in kurzer Zeit sehr viele Anmeldeversuche. Deshalb machen wir eine kurze Pause.",
			"Warten Sie {time} und versuchen Sie es dann erneut.",
		},
		HeadersTooLarge: sentences{
			"Ihr Browser hat zu viel gesendet",
			"Die Adresse oder die mitgeschickten Cookies sind größer, als wir annehmen.",
			"Löschen Sie die Cookies dieser Website und versuchen Sie es dann erneut.",
		},
		BadGateway: sentences{
			"Die Anmeldung funktioniert gerade nicht",
			"Der Dienst, der Ihre Identität prüft, hat eine Antwort gegeben, die wir nicht verwenden konnten. Das liegt nicht an Ihnen.",
			"Versuchen Sie es in einem Moment erneut.",
		},
		Unavailable: sentences{
			"Wir sind gleich wieder da",
			"Im Moment können wir nicht antworten. Nichts ist verloren, und wenn Sie angemeldet waren, sind Sie es noch.",
			"Versuchen Sie es in einem Moment erneut.",
		},
		GatewayTimeout: sentences{
			"Die Anmeldung dauert zu lange",
			"Der Dienst, der Ihre Identität prüft, hat nicht rechtzeitig geantwortet. Das liegt nicht an Ihnen.",
			"Versuchen Sie es in einem Moment erneut.",
		},
		Internal: sentences{
			"Etwas ist schiefgelaufen",
			"Bei der Bearbeitung Ihrer Anfrage ist uns ein Fehler unterlaufen.",
			"Versuchen Sie es erneut. Wenn es wieder geschieht, nennen Sie Ihrem Administrator die Referenz dieser Seite.",
		},
	}
}
