/// `render`: a DoormanPool and its resolved references become the pooler's configuration text and hash; pure.
@NullMarked
package io.pgdoorman.operator.render;

import org.jspecify.annotations.NullMarked;
