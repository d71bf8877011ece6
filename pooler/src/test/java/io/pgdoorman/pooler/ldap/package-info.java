/// Tests of directories: one inside of the JVM, and OpenLDAP where it is installed.
@NullMarked
package io.pgdoorman.pooler.ldap;

import org.jspecify.annotations.NullMarked;
