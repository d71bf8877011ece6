package io.pgdoorman.pooler.pam;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.NoSuchElementException;

/// libpam, by Java's foreign functions (Linux-PAM's "Application Developers' Guide"). Thread-safe: each question has a
/// handle of its own. Modules may block and may want much stack, so ask on platform threads.
@SuppressWarnings("restricted") // the whole purpose of the class
public final class Pam {
    /// Linux-PAM's name.
    public static final String LIBRARY = "libpam.so.0";
    private static final int SUCCESS = 0;
    private static final int ITEM_RHOST = 4;

    private final Linker linker = Linker.nativeLinker();
    private final MethodHandle start;
    private final MethodHandle setItem;
    private final MethodHandle authenticate;
    private final MethodHandle account;
    private final MethodHandle end;
    private final MethodHandle errorText;

    /// Who says to be whom.
    ///
    /// @param from host or address of the client; empty for this machine
    public record Account(String user, String password, String from) {
        @Override
        public String toString() {
            return "Account[" + user + ", ***]";
        }
    }

    /// @param text PAM's words for it
    public record Answer(boolean isGood, String text) {}

    private Pam(SymbolLookup library) {
        var ofHandleAndFlags = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT);
        start = function(library, "pam_start", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS));
        setItem = function(library, "pam_set_item", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS));
        authenticate = function(library, "pam_authenticate", ofHandleAndFlags);
        account = function(library, "pam_acct_mgmt", ofHandleAndFlags);
        end = function(library, "pam_end", ofHandleAndFlags);
        errorText = function(library, "pam_strerror", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT));
    }

    private MethodHandle function(SymbolLookup library, String name, FunctionDescriptor form) {
        return linker.downcallHandle(library.findOrThrow(name), form);
    }

    /// @param library usually [#LIBRARY]
    /// @throws PamException where it is missing, or is no PAM
    public static Pam load(String library) throws PamException {
        try {
            return new Pam(SymbolLookup.libraryLookup(library, Arena.global()));
        } catch (IllegalArgumentException | NoSuchElementException e) {
            throw new PamException(library + " cannot be loaded on this machine (Debian: libpam0g)", e);
        }
    }

    /// Whether PAM takes the password and lets the account in; blocks as long as the service's modules do.
    public Answer ask(String service, Account who) {
        try (var arena = Arena.ofConfined()) {
            var conversation = new Conversation(linker, arena, who.password());
            var holder = arena.allocate(ADDRESS);
            int code = (int) start.invokeExact(
                    arena.allocateFrom(service), arena.allocateFrom(who.user()), conversation.struct(), holder);
            if (code != SUCCESS) {
                return new Answer(false, "pam_start failed with code " + code);
            }
            return ask(arena, holder.get(ADDRESS, 0), who);
        } catch (Error | RuntimeException bug) {
            throw bug;
        } catch (Throwable e) {
            throw new IllegalStateException(e); // functions of C throw nothing
        }
    }

    private Answer ask(Arena arena, MemorySegment handle, Account who) throws Throwable {
        int code = SUCCESS;
        try {
            if (!who.from().isEmpty()) {
                code = (int) setItem.invokeExact(handle, ITEM_RHOST, arena.allocateFrom(who.from()));
            }
            if (code == SUCCESS) {
                code = (int) authenticate.invokeExact(handle, 0);
            }
            if (code == SUCCESS) {
                code = (int) account.invokeExact(handle, 0);
            }
            return new Answer(code == SUCCESS, text(handle, code));
        } finally {
            var _ = (int) end.invokeExact(handle, code);
        }
    }

    private String text(MemorySegment handle, int code) throws Throwable {
        var text = (MemorySegment) errorText.invokeExact(handle, code);
        return text.equals(MemorySegment.NULL)
                ? "code " + code
                : text.reinterpret(Long.MAX_VALUE).getString(0);
    }
}
