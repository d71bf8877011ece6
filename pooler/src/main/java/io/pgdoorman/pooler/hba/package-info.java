/// Access rules in PostgreSQL's grammar: which login has to prove what, decided by the first rule that fits.
@NullMarked
package io.pgdoorman.pooler.hba;

import org.jspecify.annotations.NullMarked;
