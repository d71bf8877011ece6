{{- /* The release's name, unless it says what it is already. */ -}}
{{- define "doorman.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains "doorman" .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-doorman" .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- /* Never changes for a release: the selector of a Deployment cannot. NetworkPolicies of pools let the operator in by this name. */ -}}
{{- define "doorman.selector" -}}
app.kubernetes.io/name: pgdoorman-operator
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "doorman.labels" -}}
{{ include "doorman.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "doorman.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "doorman.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- /* dict "image" … "version" … */ -}}
{{- define "doorman.image" -}}
{{- if .image.digest -}}
{{- printf "%s@%s" .image.repository .image.digest -}}
{{- else -}}
{{- printf "%s:%s" .image.repository (default .version .image.tag) -}}
{{- end -}}
{{- end -}}

{{- /* What the operator may do with pools and their objects, in the cluster or in one namespace. */ -}}
{{- define "doorman.rules" -}}
- apiGroups: [pgdoorman.io]
  resources: [doormanpools, doormandatabaseaccesses]
  verbs: [get, list, watch]
- apiGroups: [pgdoorman.io]
  resources: [doormanpools/status, doormandatabaseaccesses/status]
  verbs: [patch]
# spec.autoscaling.
- apiGroups: [pgdoorman.io]
  resources: [doormanpools/scale]
  verbs: [patch]
- apiGroups: [pgdoorman.io]
  resources: [doormanpools/finalizers, doormandatabaseaccesses/finalizers]
  verbs: [update]
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, list, watch, create, patch]
- apiGroups: [""]
  resources: [services]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch, patch]
# Other spec.resources reach pods that run. What makes pods is resized with them, or later ones would be as before.
- apiGroups: [""]
  resources: [pods/resize]
  verbs: [patch]
- apiGroups: [apps]
  resources: [replicasets]
  verbs: [get, list, patch]
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, list, watch, create, patch]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [get, list, watch, create, patch, delete]
# spec.monitoring.podMonitor.
- apiGroups: [monitoring.coreos.com]
  resources: [podmonitors]
  verbs: [get, create, patch, delete]
# spec.tls.client.issuerRef.
- apiGroups: [cert-manager.io]
  resources: [certificates]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create]
{{- end -}}
