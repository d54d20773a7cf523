using System.Text;
using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Connections;
using Hedge.Host.Declarations;
using Hedge.Host.Keyspaces;
using Hedge.Host.Scripting;
using Hedge.Host.Servers;
using Hedge.Storage.Cores;
using Hedge.Storage.Keys;
using Hedge.Storage.Loads;

namespace Hedge.Host.Executions;

/// <summary>
/// The reasons for which a request is refused before it runs, in Redis's order and words, and the pauses.
/// </summary>
internal sealed class Refusals(CoreTurn turn, Server server, CoreStorage storage, WriteState writes,
    ClientMemory memory)
{
    private const int ShownBytesMax = 128;
    private const string NoRoomOnDisk = "OOM command not allowed when used disk > 'maxdisk'.";
    private const string NoSpace = "MISCONF Errors writing to the AOF file: No space left on device";
    private const string LoadUnknown = "ERR a log has failed during the load, which may take effect all the "
        + "same, in each partition as a whole or not at all";
    private const string KeyTooLong = "ERR key is longer than 65535 bytes";

    /// <summary>True when <see cref="Find"/> has to be asked; false for nearly all requests.</summary>
    public bool Any(Connection client, Request request, Command command)
    {
        Session session = client.Session;
        return server.RequiresAuthentication(session) || session.IsLimited
            || session.Subscriptions is { Any: true } || session.Transaction != null || session.Monitor
            || ((command.Spec.Flags & CommandFlags.Write) != 0 && !writes.CanWrite)
            || (storage.DiskLimit.IsFull && (command.Spec.Flags & CommandFlags.DenyOom) != 0)
            || command.Spec.Refusal != null
            || HasLongKey(request);
    }

    /// <summary>The error reply for a request that must not run, or null.</summary>
    public string? Find(Connection client, Request request)
    {
        Command? command = request.Command;
        if (command == null) return Unknown(request);
        if (command.Subcommands.Count > 0 && request.Count > 1) return UnknownSubcommand(request);
        string name = command.LowerName;
        if (!command.Accepts(request.Count)) return ErrorText.WrongNumber(name);
        if (command.Spec.Refusal is { } never) return never;
        Session session = client.Session;
        CommandFlags flags = command.Spec.Flags;
        if (server.RequiresAuthentication(session) && (flags & CommandFlags.NoAuth) == 0)
            return "NOAUTH Authentication required.";
        if (session.Transaction != null && (flags & CommandFlags.NoMulti) != 0)
            return "ERR Command not allowed inside a transaction";
        if (Access.Find(session, request) is { } denied) return denied;
        if (storage.DiskLimit.IsFull && NeedsRoom(client, command))
            return FullDisk;
        if (session.Transaction != null && IsQueued(command) && memory.IsQueueFull)
            return ErrorText.NoRoom;
        if ((flags & CommandFlags.Write) != 0 && !writes.CanWrite)
            return NoWrites;
        if (session is { Protocol: 2, Subscriptions.Any: true } && !command.Has(CommandTraits.ForSubscribers))
        {
            return $"ERR Can't execute '{name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / "
                + "RESET are allowed in this context";
        }

        const CommandFlags onKeys = CommandFlags.Write | CommandFlags.ReadOnly | CommandFlags.MayReplicate;
        if (session.Monitor && (flags & onKeys) != 0) return "ERR Replica can't interact with the keyspace";
        return HasLongKey(request) ? KeyTooLong : null;
    }

    /// <summary>What users may not run.</summary>
    public AccessRefusals Access { get; } = new(turn, server);

    /// <summary>The error for a script that says that it writes, or null.</summary>
    public string? FindForScript(bool mayExceedMemory)
    {
        if (!writes.CanWrite) return NoWrites;
        if (!storage.DiskLimit.IsFull || mayExceedMemory) return null;
        return FullDisk;
    }

    /// <summary>The error for a command of a script, or null.</summary>
    public string? FindInScript(Request request, bool mayExceedMemory)
    {
        CommandFlags flags = request.Command!.Spec.Flags;
        if ((flags & CommandFlags.Write) != 0 && !writes.CanWrite) return NoWrites;
        if (storage.DiskLimit.IsFull && (flags & CommandFlags.DenyOom) != 0 && !mayExceedMemory)
            return FullDisk;
        return HasLongKey(request) ? KeyTooLong : null;
    }

    /// <summary>The error for a request that needs what a script holds that runs too long, or null.</summary>
    public string? FindBusy(Connection client, Request request, PartitionNeeds needs)
    {
        if ((request.Command!.Spec.Flags & CommandFlags.AllowBusy) != 0) return null;
        PartitionSet needed = default;
        bool needsCores = needs.Needs(client, request, request.Command, ref needed);
        // A scan goes through all partitions, one after the other.
        if (needsCores || request.Command.Spec.Scope == CommandScope.Cursor)
            needed = PartitionSet.All(server.PartitionCount);
        return server.RunningScripts.HolderOf(needed) is { } run ? ScriptErrors.Busy(run.Program) : null;
    }

    private string FullDisk => storage.DiskLimit.IsSystem ? NoSpace : NoRoomOnDisk;

    /// <summary>The engine stores keys up to a length; a longer one is refused in any command.</summary>
    private static bool HasLongKey(Request request)
    {
        if (request.Partition >= 0) return request.Key.Length > KeyLimits.KeyBytesMax;
        foreach (int key in request.Keys)
        {
            if (request.Argument(key).Length > KeyLimits.KeyBytesMax) return true;
        }

        return false;
    }

    /// <summary>The error for a write while a log has failed, the data directory is lost, or changes cannot
    /// be flushed.</summary>
    public string NoWrites => "MISCONF Errors writing to the AOF file: " + (server.WriteFailure
        ?? storage.DirectoryFailure?.Message ?? storage.PartitionFailure?.Message
        ?? "the disk has failed a moment ago");

    /// <summary>The error for a request that was let through before a log failed, or null. A HEDGE.LOAD goes
    /// past the log: it may have ended, or may still come to its end.</summary>
    public string? FindLate(Request request)
    {
        if (request.Preparation is KeyRounds { IsTooMuch: true }) return KeyRounds.Refusal;
        if (writes.CanWrite || (request.Command!.Spec.Flags & CommandFlags.Write) == 0) return null;
        return request.Progress is not BulkLoad load ? NoWrites : load.IsOver ? null : LoadUnknown;
    }

    /// <summary>True for a transaction that writes while that is refused.</summary>
    public bool RefusesWrites(Transaction transaction) =>
        !writes.CanWrite && (transaction.Requests.Flags & CommandFlags.Write) != 0;

    // As Redis does, a transaction queues no further commands either, since they take room.
    private static bool NeedsRoom(Connection client, Command command) =>
        (command.Spec.Flags & CommandFlags.DenyOom) != 0 || IsExecOf(client, command, CommandFlags.DenyOom)
        || (client.Session.Transaction != null
            && IsQueued(command));

    private static bool IsQueued(Command command) =>
        !command.Has(CommandTraits.EndsMulti);

    /// <summary>True when CLIENT PAUSE or DEBUG RELOAD stops the command.</summary>
    public bool IsPaused(Connection client, Command command)
    {
        const CommandFlags write = CommandFlags.Write;
        if (server.WritesHeldUntil > turn.NowMilliseconds
            && ((command.Spec.Flags & write) != 0 || command.Has(CommandTraits.KeepsResults)
                || IsExecOf(client, command, write))) return true;
        if (server.Pause is not { } pause || pause.UntilMilliseconds <= turn.NowMilliseconds)
            return false;
        return pause.WritesOnly ? Writes(client, command) : !command.Has(CommandTraits.RunsWhilePaused);
    }

    /// <summary>True when nothing is paused any more.</summary>
    public bool IsPauseOver =>
        server.WritesHeldUntil <= turn.NowMilliseconds
        && (server.Pause is not { } pause || pause.UntilMilliseconds <= turn.NowMilliseconds);

    private static bool Writes(Connection client, Command command)
    {
        const CommandFlags stopped = CommandFlags.Write | CommandFlags.MayReplicate;
        // Redis lets PUBLISH and PFCOUNT replicate, though COMMAND INFO does not say so.
        return (command.Spec.Flags & stopped) != 0
            || command.Has(CommandTraits.Publishes | CommandTraits.KeepsResults)
            || (command.Has(CommandTraits.RunsScript) && command.MayWrite)
            || IsExecOf(client, command, stopped);
    }

    /// <summary>True for the EXEC of a transaction with a command that has one of the flags.</summary>
    public static bool IsExecOf(Connection client, Command command, CommandFlags flags) =>
        command.Has(CommandTraits.RunsTransaction) && client.Session.Transaction is { } transaction
        && (transaction.Requests.Flags & flags) != 0;

    private static string Unknown(Request request)
    {
        var text = new StringBuilder("ERR unknown command '");
        text.Append(Shown(request.Argument(0), ShownBytesMax)).Append("', with args beginning with: ");
        int shown = 0;
        for (int i = 1; i < request.Count && shown < ShownBytesMax; i++)
        {
            string argument = Shown(request.Argument(i), ShownBytesMax - shown);
            text.Append('\'').Append(argument).Append("' ");
            shown += argument.Length + 3;
        }

        return text.ToString();
    }

    private static string UnknownSubcommand(Request request) =>
        $"ERR unknown subcommand '{Shown(request.Argument(1), ShownBytesMax)}'. "
        + $"Try {Subcommands.Called(request.Argument(0))} HELP.";

    /// <summary>The bytes up to a NUL, as C prints them, at most <paramref name="most"/>.</summary>
    private static string Shown(ReadOnlySpan<byte> bytes, int most)
    {
        int nul = bytes.IndexOf((byte)0);
        if (nul >= 0) bytes = bytes[..nul];
        return Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, most)]);
    }
}
