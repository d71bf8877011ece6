/// SCRAM, MD5 and HBA rules as pure functions over bytes: who may log in, and how both sides prove it.
@NullMarked
package io.pgdoorman.pooler.auth;

import org.jspecify.annotations.NullMarked;
