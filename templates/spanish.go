package templates

// spanish addresses people as the large providers do, informally.
func spanish() *Language {
	return &Language{Tag: "es", texts: texts{
		Common: commonTexts{
			ThisOrganization: "esta organización",
			SignedInAs:       "Sesión iniciada como",
			Reference:        "Referencia para soporte:",
			ActionsLabel:     "Qué puedes hacer",
			FooterLabel:      "Ayuda e información legal",

			Support: "Ayuda",
			Terms:   "Condiciones",
			Privacy: "Privacidad",
			Status:  "Estado del servicio",

			Home:              "Ir a la página de inicio",
			SignIn:            "Iniciar sesión",
			SignOut:           "Cerrar sesión",
			StartAgain:        "Empezar de nuevo",
			Retry:             "Intentar de nuevo",
			UseAnotherAccount: "Usar otra cuenta",
			OtherAccount:      "Iniciar sesión con otra cuenta",
			AllOrganizations:  "Ver tus organizaciones",
			SignInPage:        "Ir a la página de inicio de sesión",
			Continue:          "Continuar",
			WithoutInvitation: "Continuar sin la invitación",
		},
		Roles: roleTexts{
			Owner: "Propietario", Admin: "Administrador", Member: "Miembro",
			AsOwner: "como propietario", AsAdmin: "como administrador", AsMember: "como miembro", AsOther: "con el rol {role}",
		},
		Dates: dateTexts{
			Months: [12]message{
				"enero", "febrero", "marzo", "abril", "mayo", "junio",
				"julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
			},
			Date: "{day}\u00a0de\u00a0{month} de {year}", FirstDay: "{day}",
			Hour: "1 hora", Minute: "1 minuto", Second: "1 segundo",
			Hours: "{n} horas", Minutes: "{n} minutos", Seconds: "{n} segundos",
		},
		Login: loginTexts{
			SignIn:           "Iniciar sesión",
			SignInTo:         "Iniciar sesión en {name}",
			UseAccount:       "Usa tu cuenta para continuar.",
			UseAccountOf:     "Usa tu cuenta de {provider} para continuar.",
			Choose:           "Elige cómo iniciar sesión.",
			SignInWith:       "Iniciar sesión con {provider}",
			OtherWays:        "Otras formas de iniciar sesión",
			OrKeep:           "O sigue con esta cuenta",
			KeepAccount:      "Continuar con esta cuenta",
			Email:            "Correo electrónico del trabajo",
			FindsConnection:  "Busca el inicio de sesión de tu organización, si tiene uno propio.",
			InvitationSignIn: "Inicia sesión con la dirección a la que se envió la invitación.",
		},
		Notices: noticeTexts{
			SignedOut:           "Has cerrado la sesión.",
			SignedOutEverywhere: "Has cerrado la sesión en todos tus dispositivos.",
			SessionEnded:        "Tu sesión ha terminado. Inicia sesión de nuevo para continuar.",
			NotDiscovered:       "No hemos encontrado un inicio de sesión de tu organización para esta dirección. Inicia sesión aquí abajo.",
			RedirectRefused:     "No podemos llevarte a la página que indica el enlace. Te llevaremos a tu página habitual.",
		},
		Invitation: invitationTexts{
			Join:          "Unirte a {organization}",
			AlreadyMember: "Ya eres miembro de {organization}",
			Invited:       "Te han invitado a unirte {as}.",
			InvitedBy:     "{inviter} te ha invitado a unirte {as}.",
			ValidUntil:    "La invitación es válida hasta el {date}.",
			ChangesMember: "Tu rol allí es {role}, así que esta invitación no cambia nada.",
			SentTo:        "Invitación enviada a",
			SignedInAs:    "Has iniciado sesión como",
			Accept:        "Aceptar la invitación",
			Decline:       "Ahora no",
			WasFor:        "Era una invitación para unirte a {organization}.",
			WrongAccount: sentences{
				"Esta invitación es para otra dirección",
				"La invitación se envió a una dirección de correo distinta de la cuenta con la que has iniciado sesión.",
				"Cambia a la cuenta invitada para aceptarla. La invitación sigue siendo válida.",
			},
			WrongAccountOf: "La invitación para unirte a {organization} se envió a una dirección de correo distinta de la cuenta con la que has iniciado sesión.",
			Unverified: sentences{
				"Tu dirección de correo no está confirmada",
				"La invitación es para esta dirección, pero la cuenta con la que has iniciado sesión no ha confirmado que sea tuya.",
				"Confirma la dirección donde administras esa cuenta y abre de nuevo la invitación. Sigue siendo válida.",
			},
			UnverifiedOf: "La invitación para unirte a {organization} es para esta dirección, pero la cuenta con la que has iniciado sesión no ha confirmado que sea tuya.",
			Expired: sentences{
				"Esta invitación ha caducado",
				"Las invitaciones solo valen durante un tiempo, y el de esta ha pasado.",
				"Pide a la persona que te invitó que te envíe una nueva.",
			},
			Revoked: sentences{
				"Esta invitación se ha retirado",
				"Alguien de la organización ha retirado la invitación.",
				"Si crees que es un error, habla con la persona que te invitó.",
			},
			Used: sentences{
				"Esta invitación ya se ha usado",
				"Una invitación sirve una sola vez, y esta ya se aceptó.",
				"Si la aceptaste tú, inicia sesión con la cuenta que usaste. Si no, o si ya no eres miembro, pide una nueva a la persona que te invitó.",
			},
			Unknown: sentences{
				"No conocemos esta invitación",
				"El enlace no corresponde a ninguna invitación. Quizá se cortó al copiarlo.",
				"Abre de nuevo el enlace de tu correo o pide una invitación nueva.",
			},
		},
		Chooser: chooserTexts{
			Title:           "Elige una organización",
			NoOrganization:  "Aún no estás en ninguna organización",
			OpenTheMail:     "Pero tienes una invitación: abre el enlace del correo que te enviaron para unirte.",
			AskToJoinOne:    "Puedes solicitar unirte a una que reconoce el dominio de tu dirección de correo.",
			AskForAnInvite:  "Para entrar en una, pide a alguien de ella que te invite en la dirección de arriba y abre después el enlace del correo. Si perteneces a una organización con otra cuenta, usa esa.",
			JoinsTitle:      "Organizaciones de tu dirección de correo",
			InvitationTitle: "Tus invitaciones",
			OpenTheLink:     "Abre el enlace de tu correo para unirte.",
			Until:           "hasta el {date}",
			Pending:         "Su dirección web aún se está configurando.",
			LastUsed:        "Última usada",
			Filter:          "Buscar una organización",
			FilterButton:    "Buscar",
			ShowAll:         "Mostrar todas",
			NoMatch:         "Ninguna de tus organizaciones coincide con «{query}».",
			Without:         "Continuar sin organización",
			Yours:           "Tus organizaciones",
			Requested:       "Has solicitado unirte a {organization}. Alguien de allí decidirá.",
			AskToJoin:       "Solicitar unirte a {organization}",
		},
		SignOut: signOutTexts{
			Title:            "¿Cerrar la sesión?",
			NotSignedIn:      "No has iniciado sesión",
			NoOneSignedIn:    "Nadie ha iniciado sesión en este navegador.",
			Everywhere:       "Cerrar sesión en todas partes",
			EverywhereMeans:  "En todas partes significa en todos los navegadores y dispositivos donde has iniciado sesión con esta cuenta.",
			EverywhereOfOrgs: "En todas partes significa en todos los navegadores y dispositivos donde has iniciado sesión solo con el inicio de sesión de tu organización.",
			Stay:             "Mantener la sesión",
		},
		Connection: connectionTexts{
			Worked: sentences{
				"El inicio de sesión de prueba ha funcionado",
				"El proveedor ha respondido con estos datos. No ha iniciado la sesión de nadie, y no ha cambiado nada más.",
				"Puedes cerrar esta página y activar la conexión.",
			},
			WouldRefuse:   "La conexión se puede activar, pero se rechazaría un inicio de sesión con estos datos: {problem}.",
			FailedTitle:   "El inicio de sesión de prueba ha fallado",
			FailedNext:    "Corrige la conexión o el proveedor y pide después un nuevo enlace de prueba: cada uno sirve una sola vez.",
			Unreachable:   "No hemos podido conectar con el proveedor (unreachable).",
			TLS:           "El certificado del proveedor no es válido para su dirección (tls).",
			NotJSON:       "El proveedor ha respondido con algo que no es JSON (not_json).",
			OtherIssuer:   "Los documentos del proveedor indican otro emisor que la conexión (issuer_mismatch).",
			ClientRefused: "El proveedor no ha aceptado el ID de cliente y el secreto de cliente de la conexión (client_refused).",
		},
		Refused: refusedTexts{
			TriedAs:           "Has intentado iniciar sesión como",
			ForAdministrators: "Para quien administra el inicio de sesión: {problem}.",
			NotAMember: sentences{
				"No eres miembro de esta organización",
				"La cuenta con la que has iniciado sesión no es miembro de la organización que has pedido.",
				"Si perteneces a ella con otra cuenta, usa esa. Si no, pide a alguien de la organización que te invite.",
			},
			NotAMemberOf: "La cuenta con la que has iniciado sesión no es miembro de {organization}.",
			SSOApp: sentences{
				"Inicia sesión de otra forma",
				"La forma en que has iniciado sesión abre las organizaciones para las que la iniciaste, y nada más.",
				"Tu sesión sigue abierta aquí.",
			},
			SSO: sentences{
				"Esta organización te pide iniciar sesión de otra forma",
				"La forma en que has iniciado sesión no abre esta organización.",
				"Tu sesión sigue abierta aquí.",
			},
			SSOAsks:    "{organization} te pide iniciar sesión con {provider}.",
			SSOAsksOwn: "{organization} te pide usar su propio inicio de sesión.",
			Denied: sentences{
				"Se ha cancelado el inicio de sesión",
				"Saliste antes de terminar, así que no has iniciado sesión.",
				"Si no era tu intención, inténtalo de nuevo.",
			},
			EmailNotVerified: sentences{
				"Tu dirección de correo no está confirmada",
				"Solo podemos iniciar tu sesión cuando la cuenta que usas ha confirmado que su dirección de correo es tuya.",
				"Confirma la dirección donde administras esa cuenta y después inicia sesión de nuevo.",
			},
			HostedDomain: sentences{
				"Usa tu cuenta del trabajo",
				"Aquí solo pueden iniciar sesión las cuentas administradas por una organización autorizada.",
				"Inicia sesión con la cuenta de tu trabajo o centro de estudios.",
			},
			SignupIsClosed: sentences{
				"Necesitas una invitación",
				"Aún no tienes cuenta aquí, y las nuevas son solo por invitación.",
				"Pide a alguien de tu organización que te invite. Si tienes una invitación, abre su enlace e inicia sesión con la dirección a la que se envió.",
			},
			NotInvited: sentences{
				"Aún no te han invitado",
				"El inicio de sesión de tu organización ha funcionado, pero aquí no hay ninguna cuenta que pueda abrir para ti.",
				"Pide a alguien de la organización que te invite, abre el enlace del correo e inicia sesión desde allí.",
			},
			Ambiguous: sentences{
				"No podemos saber qué cuenta es la tuya",
				"Más de un miembro de la organización tiene esta dirección.",
				"Pide a un administrador de la organización que te invite, abre el enlace del correo e inicia sesión desde allí.",
			},
			UnknownConnection: sentences{
				"Esta forma de iniciar sesión se ha desactivado",
				"Se desactivó mientras iniciabas sesión, así que no has iniciado sesión.",
				"Inténtalo de nuevo o pregunta a un administrador de tu organización.",
			},
			DisabledUser: sentences{
				"Esta cuenta se ha desactivado",
				"Un administrador ha desactivado tu acceso.",
				"Si crees que es un error, pregunta a un administrador de tu organización.",
			},
			Other: sentences{
				"No hemos podido iniciar tu sesión",
				"La cuenta que has usado no puede iniciar sesión aquí.",
				"Inicia sesión con otra cuenta o pregunta a un administrador de tu organización.",
			},
		},
		Flow:    spanishFlow(),
		Failure: spanishFailures(),
	}}
}

func spanishFlow() flowTexts {
	return flowTexts{
		Rejected: sentences{
			"El inicio de sesión no está bien configurado",
			"El servicio que comprueba quién eres no ha aceptado nuestra solicitud. Es un error de configuración, no tuyo.",
			"Da a tu administrador la referencia de esta página o empieza de nuevo más tarde.",
		},
		NoCookie: sentences{
			"Este inicio de sesión empezó en otro sitio",
			"Tu navegador no ha devuelto la cookie que creamos al empezar. Quizá empezó en otro navegador o en una ventana privada, quizá ya ha terminado o las cookies están bloqueadas.",
			"Empieza de nuevo en este navegador, con las cookies permitidas para este sitio.",
		},
		Expired: sentences{
			"Ha tardado un poco más de la cuenta",
			"Un inicio de sesión debe terminarse en 15 minutos, y este ha tardado más.",
			"Empieza de nuevo. Llegarás igualmente adonde ibas.",
		},
		Used: sentences{
			"Este inicio de sesión ya ha terminado",
			"Cada inicio de sesión sirve una sola vez. Este ya terminó, quizá en otra pestaña, o has vuelto atrás o recargado la página.",
			"Si no has iniciado sesión, empieza de nuevo.",
		},
		BadState: sentences{
			"No reconocemos este inicio de sesión",
			"La respuesta recibida no pertenece a ningún inicio de sesión que conozcamos. El enlace puede estar incompleto o ser muy antiguo.",
			"Empieza de nuevo para iniciar sesión.",
		},
		Other: sentences{
			"No hemos podido terminar el inicio de sesión",
			"La respuesta recibida no es una que podamos aceptar, así que no has iniciado sesión.",
			"Empieza de nuevo para iniciar sesión.",
		},
	}
}

func spanishFailures() failureTexts {
	return failureTexts{
		SignInFromFrame: sentences{
			"Inicia sesión para ver esto",
			"Esta parte de la página necesita una cuenta, y no has iniciado sesión o tu sesión ha terminado.",
			"El inicio de sesión se abre en toda la ventana y después muestra solo esta parte.",
		},
		UnknownConnection: sentences{
			"No conocemos esta forma de iniciar sesión",
			"El enlace indica un inicio de sesión que no existe, está desactivado o pertenece a otra organización.",
			"Elige otra forma de iniciar sesión.",
		},
		SSOUnavailable: sentences{
			"El inicio de sesión de esta organización no está disponible",
			"La organización solo admite su propio inicio de sesión, y ahora no se puede usar.",
			"Pregunta a un administrador de la organización.",
		},
		SSORequired: sentences{
			"Inicia sesión de otra forma",
			"La forma en que has iniciado sesión no abre esta organización.",
			"Inicia sesión como pide la organización e inténtalo de nuevo.",
		},
		UnknownOrganization: sentences{
			"No hemos encontrado esa organización",
			"No hay ninguna organización en esta dirección. Puede haber cambiado de nombre, o la dirección puede tener una errata.",
			"Comprueba la dirección, o inicia sesión y elige entre tus organizaciones.",
		},
		JoinRequested: sentences{
			"Has solicitado unirte a varias organizaciones",
			"Tienes cinco solicitudes pendientes, que son las que puede haber a la vez.",
			"Espera a que se decida una, o pide a alguien de la organización que te invite.",
		},
		SubdomainNotVerified: sentences{
			"La dirección de esta organización aún no está lista",
			"Eres miembro, pero la dirección web de la organización aún se está configurando.",
			"Inténtalo más tarde o pregunta a un administrador de la organización.",
		},
		UntrustedRequest: sentences{
			"El inicio de sesión no está configurado para esta dirección",
			"La petición llegó de un proxy que no es de confianza, o indica la página de más de una forma.",
			"Si administras el proxy, revisa TRUSTED_PROXIES y las cabeceras que envía. Si no, da a tu administrador la referencia de esta página.",
		},
		BadRequest: sentences{
			"No lo hemos entendido",
			"Algo en la solicitud no es correcto. El enlace puede estar incompleto.",
			"Vuelve atrás e inténtalo de nuevo.",
		},
		Unauthorized: sentences{
			"No has iniciado sesión",
			"Esto necesita una cuenta, y nadie ha iniciado sesión aquí o la sesión ha terminado.",
			"Inicia sesión e inténtalo de nuevo.",
		},
		Forbidden: sentences{
			"Eso no está permitido",
			"No hemos podido comprobar que la solicitud fuera realmente tuya, así que lo hemos dejado todo como estaba.",
			"Vuelve atrás e inténtalo de nuevo.",
		},
		NotFound: sentences{
			"Página no encontrada",
			"No hay nada en esta dirección.",
			"Comprueba que la dirección no tenga erratas.",
		},
		MethodNotAllowed: sentences{
			"Eso no funciona aquí",
			"Esta página no se puede usar de esa manera.",
			"Vuelve atrás e inténtalo de nuevo.",
		},
		TooLarge: sentences{
			"Es demasiado a la vez",
			"La solicitud es mayor de lo que admite esta página.",
			"Vuelve atrás e inténtalo de nuevo.",
		},
		URITooLong: sentences{
			"Esa dirección es demasiado larga",
			"La dirección que te ha traído aquí es más larga de lo que admite esta página.",
			"Vuelve atrás e inténtalo de nuevo.",
		},
		Misdirected: sentences{
			"Dirección equivocada",
			"Esta dirección no es una de las nuestras.",
			"Comprueba la dirección en tu navegador o empieza desde la página de tu organización.",
		},
		TooManyRequests: sentences{
			"Demasiados intentos",
			"Ha habido muchos intentos de inicio de sesión desde tu red en poco tiempo, así que hacemos una breve pausa.",
			"Espera {time} e inténtalo de nuevo.",
		},
		HeadersTooLarge: sentences{
			"Tu navegador ha enviado demasiado",
			"La dirección o las cookies que han llegado son más grandes de lo que admitimos.",
			"Borra las cookies de este sitio e inténtalo de nuevo.",
		},
		BadGateway: sentences{
			"El inicio de sesión no funciona en este momento",
			"El servicio que comprueba quién eres ha dado una respuesta que no podemos usar. No es culpa tuya.",
			"Inténtalo de nuevo en un momento.",
		},
		Unavailable: sentences{
			"Volvemos enseguida",
			"Ahora mismo no podemos responder. No se ha perdido nada y, si tenías la sesión iniciada, la sigues teniendo.",
			"Inténtalo de nuevo en un momento.",
		},
		GatewayTimeout: sentences{
			"El inicio de sesión tarda demasiado",
			"El servicio que comprueba quién eres no ha respondido a tiempo. No es culpa tuya.",
			"Inténtalo de nuevo en un momento.",
		},
		Internal: sentences{
			"Algo ha salido mal",
			"Hemos cometido un error al procesar tu solicitud.",
			"Inténtalo de nuevo. Si vuelve a ocurrir, da a tu administrador la referencia de esta página.",
		},
	}
}
