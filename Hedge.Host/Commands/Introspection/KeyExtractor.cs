using Hedge.Host.Declarations;
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
        Command? command = new InnerRequest(context, Start).FindCommand();
        if (command == null)
        {
            reply.Error("ERR Invalid command specified");
            return;
        }

        if (!command.Spec.Keys.Any(spec => spec.IsKey))
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
        foreach (int _ in KeysOf(context, command)) keys++;
        if (keys == 0 && !command.Spec.Flags.HasFlag(CommandFlags.NoMandatoryKeys))
        {
            reply.Error("ERR Invalid arguments specified for command");
            return;
        }

        reply.ArrayHeader(keys);
        KeyPositions each = KeysOf(context, command);
        while (each.MoveNext())
        {
            if (withFlags) reply.ArrayHeader(2);
            reply.Bulk(context.Argument(Start + each.Current));
            if (!withFlags) continue;
            KeyFlags flags = KeyUse.Of(command.Spec, each.Spec!, new InnerRequest(context, Start));
            InfoReply.WriteWords(reply, SpecText.Names(flags), (uint)flags);
        }
    }

    private static KeyPositions KeysOf(CommandContext context, Command command) =>
        KeyPositions.Of(command.Spec, new InnerRequest(context, Start));
}
