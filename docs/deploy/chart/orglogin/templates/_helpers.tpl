{{- define "orglogin.labels" -}}
app.kubernetes.io/name: orglogin
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "orglogin.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "orglogin.publicHost" -}}
{{ (urlParse .Values.publicURL).host }}
{{- end }}

{{- /* The user of the image; fsGroup makes the files of the Secret readable for its group. */ -}}
{{- define "orglogin.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "orglogin.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{- /* A volume with some keys of the Secret: dict "root" . "keys" (list ...). */ -}}
{{- define "orglogin.secrets" -}}
- name: secrets
  secret:
    secretName: {{ required "existingSecret is required: the name of a Secret" .root.Values.existingSecret }}
    defaultMode: 0440
    items:
    {{- range .keys }}
      - {key: {{ . }}, path: {{ . }}}
    {{- end }}
{{- end }}

{{- /* What orglogin answers on every host, without the questions of the proxies, /auth/verify and /auth/forward. */ -}}
{{- define "orglogin.paths" -}}
exact: [/login, /logout, /organizations]
prefix: [/organizations/requests, /auth/start, /auth/callback, /auth/discover, /auth/session, /auth/token, /auth/why, /auth/static]
{{- end }}

{{- /* What it answers on the login host besides. */ -}}
{{- define "orglogin.loginPaths" -}}
exact: [/, /favicon.ico, /robots.txt]
prefix: [/.well-known]
{{- end }}

{{- /* Every name in a 200 of verify and forward. */ -}}
{{- define "orglogin.identityHeaders" -}}
[Remote-User, Remote-Email, Remote-Name, Remote-Groups, X-Auth-Request-User, X-Auth-Request-Email, X-Auth-Request-Groups, X-Org-Id, X-Org-Slug, X-Org-Role, X-Session-Id, X-Auth-Connection, X-Auth-Degraded, Authorization]
{{- end }}
