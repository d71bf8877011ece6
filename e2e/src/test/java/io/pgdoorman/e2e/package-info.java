/// Black-box tests on a real Kubernetes: images, manifests, kubectl, real PostgreSQL clients, and nothing of the code.
@NullMarked
package io.pgdoorman.e2e;

import org.jspecify.annotations.NullMarked;
