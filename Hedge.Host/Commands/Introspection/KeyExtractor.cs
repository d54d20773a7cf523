using Hedge.Resp;

namespace Hedge.Host.Commands.Introspection;

/// <summary>COMMAND GETKEYS and GETKEYSANDFLAGS: the keys of a request that stands in the arguments from
/// index 2 on.</summary>
internal static class KeyExtractor
{
    private const int Start = 2;

    /// <summary>Replies with the keys, or with the error that Redis gives.</summary>
    public static void Reply(CommandContext context, bool withFlags)
    {
        RespWriter reply = context.Reply;
        int count = context.ArgumentCount - Start;
        Command? command = context.Server.Commands.Find(context.Argument(Start));
        if (command is { Subcommands.Count: > 0 } && count > 1)
            command = command.FindSubcommand(context.Argument(Start + 1));
        if (command == null)
        {
            reply.Error("ERR Invalid command specified");
            return;
        }

        if (!command.Spec.Keys.Any(IsKey))
        {
            reply.Error("ERR The command has no key arguments");
            return;
        }

        if (!command.Accepts(count))
        {
            reply.Error("ERR Invalid number of arguments specified for command");
            return;
        }

        int keys = 0;
        foreach (KeySpec spec in command.Spec.Keys) keys += CountOf(spec, count);
        if (keys == 0 && !command.Spec.Flags.HasFlag(CommandFlags.NoMandatoryKeys))
        {
            reply.Error("ERR Invalid arguments specified for command");
            return;
        }

        reply.ArrayHeader(keys);
        foreach (KeySpec spec in command.Spec.Keys) WriteKeys(context, command.Spec, spec, withFlags);
    }

    private static bool IsKey(KeySpec spec) => !spec.Flags.HasFlag(KeyFlags.NotKey);

    private static int CountOf(KeySpec spec, int count)
    {
        int last = spec.LastIndex(count);
        if (!IsKey(spec) || last >= count || last < spec.First) return 0;
        return (last - spec.First) / spec.Step + 1;
    }

    private static void WriteKeys(CommandContext context, CommandSpec command, KeySpec spec, bool withFlags)
    {
        int count = context.ArgumentCount - Start;
        if (CountOf(spec, count) == 0) return;
        bool varies = spec.Flags.HasFlag(KeyFlags.VariableFlags);
        KeyFlags flags = varies ? Varying(context, command, spec) : spec.Flags;
        for (int i = spec.First; i <= spec.LastIndex(count); i += spec.Step)
        {
            if (withFlags) context.Reply.ArrayHeader(2);
            context.Reply.Bulk(context.Argument(Start + i));
            if (withFlags) InfoReply.WriteWords(context.Reply, SpecText.Names(flags), (uint)flags);
        }
    }

    // Flags that depend on the request's options.
    private static KeyFlags Varying(CommandContext context, CommandSpec command, KeySpec spec)
    {
        bool reads = false, writes = false;
        switch (command.Name)
        {
            case "SET":
                writes = true;
                for (int i = Start + 3; i < context.ArgumentCount; i++) reads |= context.Is(i, "GET"u8);
                break;
            case "BITFIELD":
                reads = true;
                writes = BitfieldWrites(context);
                break;
            default:
                return spec.Flags & ~KeyFlags.VariableFlags;
        }

        if (!writes) return KeyFlags.ReadOnly | KeyFlags.Access;
        return reads
            ? KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Update
            : KeyFlags.Overwrite | KeyFlags.Update;
    }

    private static bool BitfieldWrites(CommandContext context)
    {
        for (int i = Start + 2; i < context.ArgumentCount; i++)
        {
            int left = context.ArgumentCount - i - 1;
            if (context.Is(i, "GET"u8) && left >= 2) i += 2;
            else if (context.Is(i, "OVERFLOW"u8) && left >= 1) i++;
            else return true;
        }

        return false;
    }
}
