package io.pgdoorman.pooler.pam;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;

/// PAM's questions and our one answer: the password to each hidden prompt, nothing to messages, and a failure to all
/// else, as in PostgreSQL (`pam_passwd_conv_proc`). Answers are of C's heap, since PAM frees them.
@SuppressWarnings("restricted") // memory of C, by its sizes
final class Conversation {
    private static final int SUCCESS = 0;
    private static final int FAILURE = 19;
    private static final int PROMPT_HIDDEN = 1;
    private static final int MESSAGE_ERROR = 3;
    private static final int MESSAGE_INFO = 4;

    /// PAM_MAX_NUM_MSG.
    private static final int MOST_MESSAGES = 32;

    /// `struct pam_conv`: the function and what it gets along.
    private static final StructLayout CONVERSATION = MemoryLayout.structLayout(ADDRESS, ADDRESS);

    /// `struct pam_response`: text, and an unused int with its padding.
    private static final long RESPONSE_BYTES = 16;

    private static final FunctionDescriptor FORM = FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, ADDRESS);

    private final MethodHandle calloc;
    private final MemorySegment struct;
    private final byte[] password;

    Conversation(Linker linker, Arena arena, String password) {
        this.password = password.getBytes(StandardCharsets.UTF_8);
        calloc = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("calloc"),
                FunctionDescriptor.of(
                        ADDRESS,
                        linker.canonicalLayouts().get("size_t"),
                        linker.canonicalLayouts().get("size_t")));
        struct = arena.allocate(CONVERSATION);
        struct.set(ADDRESS, 0, linker.upcallStub(handle(), FORM, arena));
    }

    MemorySegment struct() {
        return struct;
    }

    private MethodHandle handle() {
        try {
            return MethodHandles.lookup()
                    .bind(
                            this,
                            "answer",
                            MethodType.methodType(
                                    int.class,
                                    int.class,
                                    MemorySegment.class,
                                    MemorySegment.class,
                                    MemorySegment.class));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Called by PAM. Nothing may be thrown through C.
    @SuppressWarnings("unused") // by its name
    private int answer(int count, MemorySegment messages, MemorySegment answers, MemorySegment ignored) {
        try {
            if (count <= 0 || count > MOST_MESSAGES) {
                return FAILURE;
            }
            var asked = messages.reinterpret(count * ADDRESS.byteSize());
            for (int i = 0; i < count; i++) {
                if (!isUnderstood(style(asked, i))) {
                    return FAILURE;
                }
            }
            var given = allocate(count * RESPONSE_BYTES);
            for (int i = 0; i < count; i++) {
                given.set(
                        ADDRESS,
                        i * RESPONSE_BYTES,
                        style(asked, i) == PROMPT_HIDDEN ? text(password) : text(new byte[0]));
            }
            answers.reinterpret(ADDRESS.byteSize()).set(ADDRESS, 0, given);
            return SUCCESS;
        } catch (Throwable _) {
            return FAILURE;
        }
    }

    private static boolean isUnderstood(int style) {
        return style == PROMPT_HIDDEN || style == MESSAGE_ERROR || style == MESSAGE_INFO;
    }

    private static int style(MemorySegment messages, int index) {
        return messages.getAtIndex(ADDRESS, index)
                .reinterpret(JAVA_INT.byteSize())
                .get(JAVA_INT, 0);
    }

    private MemorySegment text(byte[] bytes) throws Throwable {
        var text = allocate(bytes.length + 1L);
        MemorySegment.copy(bytes, 0, text, java.lang.foreign.ValueLayout.JAVA_BYTE, 0, bytes.length);
        return text;
    }

    private MemorySegment allocate(long bytes) throws Throwable {
        var memory = (MemorySegment) calloc.invokeExact(1L, bytes);
        if (memory.equals(MemorySegment.NULL)) {
            throw new OutOfMemoryError("calloc");
        }
        return memory.reinterpret(bytes);
    }
}
