/// Without Kubernetes: a PostgreSQL and a pooler as processes on 127.0.0.1.
@NullMarked
package io.pgdoorman.e2e.local;

import org.jspecify.annotations.NullMarked;
