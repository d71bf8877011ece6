/// `pod`: what runs inside a pod of the cluster under test; it knows nothing but the JDK and the Java driver.
@NullMarked
package io.pgdoorman.e2e.pod;

import org.jspecify.annotations.NullMarked;
