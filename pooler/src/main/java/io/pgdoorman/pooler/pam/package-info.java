/// Passwords checked by this machine's PAM, as PostgreSQL's method pam does.
@NullMarked
package io.pgdoorman.pooler.pam;

import org.jspecify.annotations.NullMarked;
