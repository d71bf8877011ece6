/// Tests of tokens against hostile ones and against issuers behind real HTTP.
@NullMarked
package io.pgdoorman.pooler.token;

import org.jspecify.annotations.NullMarked;
