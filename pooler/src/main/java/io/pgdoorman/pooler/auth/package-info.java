/// SCRAM and MD5 as pure functions over bytes: how both sides prove who they are.
@NullMarked
package io.pgdoorman.pooler.auth;

import org.jspecify.annotations.NullMarked;
