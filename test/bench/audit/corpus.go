package main

import (
	"bytes"
	"fmt"
)

// corpus is that many objects: applications of ten objects each, written as people write them, with a few faults.
func corpus(n int) []byte {
	var b bytes.Buffer
	for i := 0; i*10 < n; i++ {
		fmt.Fprintf(&b, application, fmt.Sprintf("app-%d", i), fmt.Sprintf("team-%d", i/20))
	}
	return b.Bytes()
}

const application = `---
apiVersion: v1
kind: ConfigMap
metadata: {name: %[1]s, namespace: %[2]s}
data:
  LOG_LEVEL: info
  CACHE_URL: redis://cache.%[2]s.svc:6379
---
apiVersion: v1
kind: Secret
metadata: {name: %[1]s-db, namespace: %[2]s}
data:
  password: Y2hhbmdlZC1pbi1wcm9kdWN0aW9u
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: %[1]s, namespace: %[2]s}
automountServiceAccountToken: false
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: %[1]s
  namespace: %[2]s
  labels: {app: %[1]s}
spec:
  replicas: 2
  selector:
    matchLabels: {app: %[1]s}
  template:
    metadata:
      labels: {app: %[1]s}
    spec:
      serviceAccountName: %[1]s
      containers:
        - name: web
          image: registry.example/shop/web:1.4.2
          ports:
            - {name: http, containerPort: 8080}
          envFrom:
            - configMapRef: {name: %[1]s}
          env:
            - name: DB_PASSWORD
              valueFrom:
                secretKeyRef: {name: %[1]s-db, key: password}
          readinessProbe:
            httpGet: {path: /ready, port: http}
          livenessProbe:
            httpGet: {path: /live, port: http}
            periodSeconds: 20
          resources:
            requests: {cpu: 100m, memory: 128Mi}
            limits: {memory: 256Mi}
          securityContext:
            runAsNonRoot: true
            readOnlyRootFilesystem: true
            allowPrivilegeEscalation: false
            capabilities: {drop: [ALL]}
---
apiVersion: v1
kind: Service
metadata: {name: %[1]s, namespace: %[2]s}
spec:
  selector: {app: %[1]s}
  ports:
    - {port: 80, targetPort: http}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: %[1]s, namespace: %[2]s}
spec:
  ingressClassName: nginx
  tls:
    - {hosts: [%[1]s.example], secretName: %[1]s-tls}
  rules:
    - host: %[1]s.example
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service: {name: %[1]s, port: {number: 80}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: %[1]s, namespace: %[2]s}
spec:
  minReplicas: 2
  maxReplicas: 6
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %[1]s}
  metrics:
    - type: Resource
      resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: %[1]s, namespace: %[2]s}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {app: %[1]s}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: %[1]s, namespace: %[2]s}
spec:
  podSelector:
    matchLabels: {app: %[1]s}
  policyTypes: [Ingress]
  ingress:
    - from:
        - namespaceSelector: {}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: %[1]s-report, namespace: %[2]s}
spec:
  schedule: "0 4 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: report
              image: registry.example/shop/report:1.4.2
              resources:
                requests: {cpu: 100m, memory: 128Mi}
`
