/// Tests of PAM without a service; those with one are logins.
@NullMarked
package io.pgdoorman.pooler.pam;

import org.jspecify.annotations.NullMarked;
