/// `access`: which claims a pool grants, decided from both halves; pure.
@NullMarked
package io.pgdoorman.operator.access;

import org.jspecify.annotations.NullMarked;
