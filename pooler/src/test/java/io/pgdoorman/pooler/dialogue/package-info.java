/// The differential suite: scripts in text files, played to PostgreSQL and through the pooler, and a generator of more.
@NullMarked
package io.pgdoorman.pooler.dialogue;

import org.jspecify.annotations.NullMarked;
