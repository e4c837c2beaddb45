package templates

// french addresses people formally. A no-break space stands before ? ! : and inside guillemets.
func french() *Language {
	return &Language{Tag: "fr", texts: texts{
		Common: commonTexts{
			ThisOrganization: "cette organisation",
			SignedInAs:       "Connecté en tant que",
			Reference:        "Référence pour l’assistance :",
			ActionsLabel:     "Ce que vous pouvez faire",
			FooterLabel:      "Aide et mentions légales",

			Support: "Aide",
			Terms:   "Conditions d’utilisation",
			Privacy: "Confidentialité",
			Status:  "État du service",

			Home:              "Aller à la page d’accueil",
			SignIn:            "Se connecter",
			SignOut:           "Se déconnecter",
			StartAgain:        "Recommencer",
			Retry:             "Réessayer",
			UseAnotherAccount: "Utiliser un autre compte",
			OtherAccount:      "Se connecter avec un autre compte",
			AllOrganizations:  "Voir vos organisations",
			SignInPage:        "Aller à la page de connexion",
			Continue:          "Continuer",
			WithoutInvitation: "Continuer sans l’invitation",
		},
		Roles: roleTexts{
			Owner: "Propriétaire", Admin: "Administrateur", Member: "Membre",
			AsOwner: "en tant que propriétaire", AsAdmin: "en tant qu’administrateur", AsMember: "en tant que membre", AsOther: "avec le rôle {role}",
		},
		Dates: dateTexts{
			Months: [12]message{
				"janvier", "février", "mars", "avril", "mai", "juin",
				"juillet", "août", "septembre", "octobre", "novembre", "décembre",
			},
			Date: "{day}\u00a0{month} {year}", FirstDay: "{day}er",
			Hour: "1 heure", Minute: "1 minute", Second: "1 seconde",
			Hours: "{n} heures", Minutes: "{n} minutes", Seconds: "{n} secondes",
		},
		Login: loginTexts{
			SignIn:           "Se connecter",
			SignInTo:         "Se connecter à {name}",
			UseAccount:       "Utilisez votre compte pour continuer.",
			UseAccountOf:     "Utilisez votre compte {provider} pour continuer.",
			Choose:           "Choisissez comment vous connecter.",
			SignInWith:       "Se connecter avec {provider}",
			OtherWays:        "Autres façons de se connecter",
			OrKeep:           "Ou garder ce compte",
			KeepAccount:      "Continuer avec ce compte",
			Email:            "E‑mail professionnel",
			FindsConnection:  "Trouve la connexion propre à votre organisation, si elle en a une.",
			InvitationSignIn: "Connectez-vous avec l’adresse à laquelle l’invitation a été envoyée.",
		},
		Notices: noticeTexts{
			SignedOut:           "Vous êtes déconnecté.",
			SignedOutEverywhere: "Vous êtes déconnecté sur tous vos appareils.",
			SessionEnded:        "Votre session est terminée. Reconnectez-vous pour continuer.",
			NotDiscovered:       "Nous n’avons trouvé aucune connexion de votre organisation pour cette adresse. Connectez-vous ci-dessous.",
			RedirectRefused:     "Nous ne pouvons pas vous conduire à la page indiquée par le lien. Nous vous conduirons à votre page habituelle.",
		},
		Invitation: invitationTexts{
			Join:          "Rejoindre {organization}",
			AlreadyMember: "Vous êtes déjà membre de {organization}",
			Invited:       "Vous êtes invité à rejoindre l’organisation {as}.",
			InvitedBy:     "{inviter} vous invite à rejoindre l’organisation {as}.",
			ValidUntil:    "L’invitation est valable jusqu’au {date}.",
			ChangesMember: "Votre rôle y est {role}. Cette invitation n’y change rien.",
			SentTo:        "Invitation envoyée à",
			SignedInAs:    "Vous êtes connecté en tant que",
			Accept:        "Accepter l’invitation",
			Decline:       "Pas maintenant",
			WasFor:        "C’était une invitation à rejoindre {organization}.",
			WrongAccount: sentences{
				"Cette invitation est pour une autre adresse",
				"L’invitation a été envoyée à une autre adresse e‑mail que celle avec laquelle vous êtes connecté.",
				"Passez au compte invité pour l’accepter. L’invitation reste valable.",
			},
			WrongAccountOf: "L’invitation à rejoindre {organization} a été envoyée à une autre adresse e‑mail que celle avec laquelle vous êtes connecté.",
			Unverified: sentences{
				"Votre adresse e‑mail n’est pas confirmée",
				"L’invitation est pour cette adresse, mais le compte avec lequel vous vous êtes connecté n’a pas confirmé qu’elle est à vous.",
				"Confirmez l’adresse là où vous gérez ce compte, puis ouvrez de nouveau l’invitation. Elle reste valable.",
			},
			UnverifiedOf: "L’invitation à rejoindre {organization} est pour cette adresse, mais le compte avec lequel vous vous êtes connecté n’a pas confirmé qu’elle est à vous.",
			Expired: sentences{
				"Cette invitation a expiré",
				"Les invitations ne sont valables qu’un certain temps, et celle-ci est arrivée à son terme.",
				"Demandez à la personne qui vous a invité de vous en envoyer une nouvelle.",
			},
			Revoked: sentences{
				"Cette invitation a été retirée",
				"Quelqu’un dans l’organisation a retiré l’invitation.",
				"Si vous pensez que c’est une erreur, adressez-vous à la personne qui vous a invité.",
			},
			Used: sentences{
				"Cette invitation a déjà été utilisée",
				"Une invitation ne sert qu’une fois, et celle-ci a déjà été acceptée.",
				"Si vous l’avez acceptée vous-même, connectez-vous avec le compte utilisé alors. Sinon, ou si vous n’êtes plus membre, demandez-en une nouvelle à la personne qui vous a invité.",
			},
			Unknown: sentences{
				"Nous ne connaissons pas cette invitation",
				"Le lien ne correspond à aucune invitation. Il a peut-être été coupé lors de la copie.",
				"Ouvrez de nouveau le lien dans votre e‑mail, ou demandez une nouvelle invitation.",
			},
		},
		Chooser: chooserTexts{
			Title:           "Choisir une organisation",
			NoOrganization:  "Vous n’êtes encore dans aucune organisation",
			OpenTheMail:     "Vous êtes cependant invité : ouvrez le lien reçu par e‑mail pour rejoindre l’organisation.",
			AskToJoinOne:    "Vous pouvez demander à rejoindre une organisation qui connaît le domaine de votre adresse e‑mail.",
			AskForAnInvite:  "Pour en rejoindre une, demandez à quelqu’un qui en fait partie de vous inviter à l’adresse ci-dessus, puis ouvrez le lien reçu par e‑mail. Si vous faites partie d’une organisation avec un autre compte, utilisez celui-ci.",
			JoinsTitle:      "Organisations de votre adresse e‑mail",
			InvitationTitle: "Vos invitations",
			OpenTheLink:     "Ouvrez le lien dans votre e‑mail pour la rejoindre.",
			Until:           "jusqu’au {date}",
			Pending:         "Son adresse web est en cours de configuration.",
			LastUsed:        "Dernière utilisée",
			Filter:          "Rechercher une organisation",
			FilterButton:    "Rechercher",
			ShowAll:         "Tout afficher",
			NoMatch:         "Aucune de vos organisations ne correspond à « {query} ».",
			Without:         "Continuer sans organisation",
			Yours:           "Vos organisations",
			Requested:       "Vous avez demandé à rejoindre {organization}. Quelqu’un y prendra la décision.",
			AskToJoin:       "Demander à rejoindre {organization}",
		},
		SignOut: signOutTexts{
			Title:            "Se déconnecter ?",
			NotSignedIn:      "Vous n’êtes pas connecté",
			NoOneSignedIn:    "Personne n’est connecté dans ce navigateur.",
			Everywhere:       "Se déconnecter partout",
			EverywhereMeans:  "Partout signifie tous les navigateurs et appareils où vous êtes connecté avec ce compte.",
			EverywhereOfOrgs: "Partout signifie tous les navigateurs et appareils où vous êtes connecté uniquement par la connexion de votre organisation.",
			Stay:             "Rester connecté",
		},
		Connection: connectionTexts{
			Worked: sentences{
				"La connexion de test a fonctionné",
				"Le fournisseur a répondu avec ces informations. Personne n’a été connecté, et rien d’autre n’a changé.",
				"Vous pouvez fermer cette page et activer la connexion.",
			},
			WouldRefuse:   "La connexion peut être activée, mais un utilisateur avec ces informations serait refusé : {problem}.",
			FailedTitle:   "La connexion de test a échoué",
			FailedNext:    "Corrigez la connexion ou le fournisseur, puis demandez un nouveau lien de test : chacun ne sert qu’une fois.",
			Unreachable:   "Nous n’avons pas pu joindre le fournisseur (unreachable).",
			TLS:           "Le certificat du fournisseur n’est pas valable pour son adresse (tls).",
			NotJSON:       "Le fournisseur a répondu avec autre chose que du JSON (not_json).",
			OtherIssuer:   "Les documents du fournisseur indiquent un autre émetteur que la connexion (issuer_mismatch).",
			ClientRefused: "Le fournisseur n’a pas accepté l’identifiant client et le secret client de la connexion (client_refused).",
		},
		Refused: refusedTexts{
			TriedAs:           "Vous avez essayé de vous connecter en tant que",
			ForAdministrators: "Pour les responsables de la connexion : {problem}.",
			NotAMember: sentences{
				"Vous n’êtes pas membre de cette organisation",
				"Le compte avec lequel vous êtes connecté n’est pas membre de l’organisation demandée.",
				"Si vous en faites partie avec un autre compte, utilisez celui-ci. Sinon, demandez à quelqu’un dans l’organisation de vous inviter.",
			},
			NotAMemberOf: "Le compte avec lequel vous êtes connecté n’est pas membre de {organization}.",
			SSOApp: sentences{
				"Connectez-vous autrement",
				"Votre connexion actuelle ouvre les organisations pour lesquelles vous vous êtes connecté, et rien d’autre.",
				"Vous restez connecté ici.",
			},
			SSO: sentences{
				"Cette organisation demande une autre connexion",
				"Votre connexion actuelle n’ouvre pas cette organisation.",
				"Vous restez connecté ici.",
			},
			SSOAsks:    "{organization} vous demande de vous connecter avec {provider}.",
			SSOAsksOwn: "{organization} vous demande de vous connecter avec sa propre connexion.",
			Denied: sentences{
				"La connexion a été annulée",
				"Vous avez quitté la connexion avant la fin. Vous n’êtes pas connecté.",
				"Si ce n’était pas voulu, réessayez simplement.",
			},
			EmailNotVerified: sentences{
				"Votre adresse e‑mail n’est pas confirmée",
				"Nous ne pouvons vous connecter que lorsque le compte utilisé a confirmé que son adresse e‑mail est à vous.",
				"Confirmez l’adresse là où vous gérez ce compte, puis reconnectez-vous.",
			},
			HostedDomain: sentences{
				"Veuillez utiliser votre compte professionnel",
				"Seuls les comptes gérés par une organisation autorisée peuvent se connecter ici.",
				"Connectez-vous avec le compte de votre entreprise ou de votre établissement.",
			},
			SignupIsClosed: sentences{
				"Il vous faut une invitation",
				"Vous n’avez pas encore de compte ici, et les nouveaux comptes se font uniquement sur invitation.",
				"Demandez à quelqu’un dans votre organisation de vous inviter. Si vous avez une invitation, ouvrez son lien et connectez-vous avec l’adresse à laquelle elle a été envoyée.",
			},
			NotInvited: sentences{
				"Vous n’êtes pas encore invité",
				"La connexion de votre organisation a fonctionné, mais il n’y a pas ici de compte qu’elle puisse ouvrir pour vous.",
				"Demandez à quelqu’un dans l’organisation de vous inviter, puis ouvrez le lien reçu par e‑mail et connectez-vous à partir de là.",
			},
			Ambiguous: sentences{
				"Nous ne pouvons pas savoir quel compte est le vôtre",
				"Plusieurs membres de l’organisation ont cette adresse.",
				"Demandez à un administrateur de l’organisation de vous inviter, puis ouvrez le lien reçu par e‑mail et connectez-vous à partir de là.",
			},
			UnknownConnection: sentences{
				"Cette façon de se connecter a été désactivée",
				"Elle a été désactivée pendant votre connexion. Vous n’êtes pas connecté.",
				"Réessayez, ou adressez-vous à un administrateur de votre organisation.",
			},
			DisabledUser: sentences{
				"Ce compte a été désactivé",
				"Un administrateur a désactivé votre accès.",
				"Si vous pensez que c’est une erreur, adressez-vous à un administrateur de votre organisation.",
			},
			Other: sentences{
				"Nous n’avons pas pu vous connecter",
				"Le compte utilisé ne peut pas se connecter ici.",
				"Connectez-vous avec un autre compte, ou adressez-vous à un administrateur de votre organisation.",
			},
		},
		Flow:    frenchFlow(),
		Failure: frenchFailures(),
	}}
}

func frenchFlow() flowTexts {
	return flowTexts{
		Rejected: sentences{
			"La connexion n’est pas configurée correctement",
			"Le service qui vérifie votre identité n’a pas accepté notre demande. C’est une erreur de configuration, pas la vôtre.",
			"Donnez à votre administrateur la référence de cette page, ou recommencez plus tard.",
		},
		NoCookie: sentences{
			"Cette connexion a commencé ailleurs",
			"Votre navigateur n’a pas renvoyé le cookie que nous avons créé au début de la connexion. Elle a peut-être commencé dans un autre navigateur ou une fenêtre privée, elle est peut-être déjà terminée, ou les cookies sont bloqués.",
			"Recommencez dans ce navigateur, en autorisant les cookies pour ce site.",
		},
		Expired: sentences{
			"Cela a pris un peu trop de temps",
			"Une connexion doit être terminée en 15 minutes, et celle-ci a duré plus longtemps.",
			"Recommencez la connexion. Vous arriverez quand même là où vous alliez.",
		},
		Used: sentences{
			"Cette connexion est terminée",
			"Chaque connexion ne sert qu’une fois. Celle-ci a déjà pris fin, peut-être dans un autre onglet, ou vous êtes revenu en arrière ou avez rechargé la page.",
			"Si vous n’êtes pas connecté, recommencez.",
		},
		BadState: sentences{
			"Nous n’avons pas reconnu cette connexion",
			"La réponse reçue n’appartient à aucune connexion que nous connaissons. Le lien est peut-être incomplet ou très ancien.",
			"Recommencez la connexion.",
		},
		Other: sentences{
			"Nous n’avons pas pu terminer la connexion",
			"La réponse reçue n’est pas de celles que nous pouvons accepter. Vous n’êtes pas connecté.",
			"Recommencez la connexion.",
		},
	}
}

func frenchFailures() failureTexts {
	return failureTexts{
		SignInFromFrame: sentences{
			"Connectez-vous pour voir ceci",
			"Cette partie de la page demande un compte. Vous n’êtes pas connecté, ou votre session est terminée.",
			"La connexion s’ouvre dans la fenêtre entière, puis affiche cette partie seule.",
		},
		UnknownConnection: sentences{
			"Nous ne connaissons pas cette façon de se connecter",
			"Le lien indique une connexion qui n’existe pas, qui est désactivée ou qui appartient à une autre organisation.",
			"Choisissez une autre façon de vous connecter.",
		},
		SSOUnavailable: sentences{
			"La connexion à cette organisation n’est pas disponible",
			"L’organisation n’accepte que sa propre connexion, et celle-ci ne peut pas être utilisée pour le moment.",
			"Adressez-vous à un administrateur de l’organisation.",
		},
		SSORequired: sentences{
			"Connectez-vous autrement",
			"Votre connexion actuelle n’ouvre pas cette organisation.",
			"Connectez-vous comme l’organisation le demande, puis réessayez.",
		},
		UnknownOrganization: sentences{
			"Nous n’avons pas trouvé cette organisation",
			"Il n’y a pas d’organisation à cette adresse. Elle a peut-être changé de nom, ou l’adresse contient une faute de frappe.",
			"Vérifiez l’adresse, ou connectez-vous et choisissez parmi vos organisations.",
		},
		JoinRequested: sentences{
			"Vous avez demandé à rejoindre plusieurs organisations",
			"Cinq de vos demandes sont en attente, ce qui est le maximum à la fois.",
			"Attendez que l’une d’elles soit traitée, ou demandez à quelqu’un dans l’organisation de vous inviter.",
		},
		SubdomainNotVerified: sentences{
			"L’adresse de cette organisation n’est pas encore prête",
			"Vous êtes membre, mais l’adresse web de l’organisation est en cours de configuration.",
			"Réessayez plus tard, ou adressez-vous à un administrateur de l’organisation.",
		},
		UntrustedRequest: sentences{
			"La connexion n’est pas configurée pour cette adresse",
			"La requête vient d’un proxy qui n’est pas reconnu comme fiable, ou elle indique la page demandée de plusieurs façons.",
			"Si vous gérez le proxy, vérifiez TRUSTED_PROXIES et les en-têtes qu’il envoie. Sinon, donnez à votre administrateur la référence de cette page.",
		},
		BadRequest: sentences{
			"Nous n’avons pas compris",
			"Quelque chose ne va pas dans la demande. Le lien est peut-être incomplet.",
			"Revenez en arrière et réessayez.",
		},
		Unauthorized: sentences{
			"Vous n’êtes pas connecté",
			"Ceci demande un compte. Personne n’est connecté ici, ou la session est terminée.",
			"Connectez-vous, puis réessayez.",
		},
		Forbidden: sentences{
			"Ce n’est pas autorisé",
			"Nous n’avons pas pu vérifier que la demande venait bien de vous. Nous n’avons donc rien changé.",
			"Revenez en arrière et réessayez.",
		},
		NotFound: sentences{
			"Page introuvable",
			"Il n’y a rien à cette adresse.",
			"Vérifiez que l’adresse ne contient pas de faute de frappe.",
		},
		MethodNotAllowed: sentences{
			"Cela ne fonctionne pas ici",
			"Cette page ne peut pas être utilisée de cette façon.",
			"Revenez en arrière et réessayez.",
		},
		TooLarge: sentences{
			"C’est trop à la fois",
			"La demande est plus grande que ce que cette page accepte.",
			"Revenez en arrière et réessayez.",
		},
		URITooLong: sentences{
			"Cette adresse est trop longue",
			"L’adresse qui vous a conduit ici est plus longue que ce que cette page accepte.",
			"Revenez en arrière et réessayez.",
		},
		Misdirected: sentences{
			"Mauvaise adresse",
			"Cette adresse n’est pas l’une des nôtres.",
			"Vérifiez l’adresse dans votre navigateur, ou partez de la page de votre organisation.",
		},
		TooManyRequests: sentences{
			"Trop de tentatives",
			"Il y a eu beaucoup de tentatives de connexion depuis votre réseau en peu de temps. Nous faisons donc une courte pause.",
			"Attendez {time}, puis réessayez.",
		},
		HeadersTooLarge: sentences{
			"Votre navigateur a trop envoyé",
			"L’adresse ou les cookies reçus sont plus grands que ce que nous acceptons.",
			"Supprimez les cookies de ce site, puis réessayez.",
		},
		BadGateway: sentences{
			"La connexion ne fonctionne pas en ce moment",
			"Le service qui vérifie votre identité a donné une réponse inutilisable. Vous n’y êtes pour rien.",
			"Réessayez dans un instant.",
		},
		Unavailable: sentences{
			"Nous revenons tout de suite",
			"Nous ne pouvons pas répondre pour le moment. Rien n’est perdu, et si vous étiez connecté, vous l’êtes toujours.",
			"Réessayez dans un instant.",
		},
		GatewayTimeout: sentences{
			"La connexion prend trop de temps",
			"Le service qui vérifie votre identité n’a pas répondu à temps. Vous n’y êtes pour rien.",
			"Réessayez dans un instant.",
		},
		Internal: sentences{
			"Une erreur s’est produite",
			"Nous avons fait une erreur en traitant votre demande.",
			"Réessayez. Si cela se reproduit, donnez à votre administrateur la référence de cette page.",
		},
	}
}
