using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Hedge.Host.Declarations;
using Hedge.Host.Servers;

namespace Hedge.Host.Commands.Administration;

internal sealed class DebugCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("DEBUG", -2,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        HiddenKey = new HiddenKey("OBJECT", 2),
        Syntax = "",
        Since = "1.0.0",
        Group = "server",
        Complexity = "Depends on subcommand.",
        Summary = "A container for debugging commands",
        IsSystemCommand = true,
    };

    private const string NotAllowed = "ERR DEBUG command not allowed. If the enable-debug-command option is "
        + "set to \"local\", you can run it from a local connection, otherwise you need to set this option "
        + "in the configuration file, and then restart the server.";

    public static void Execute(CommandContext context)
    {
        if (!IsAllowed(context)) context.Reply.Error(NotAllowed);
        else if (context.ArgumentCount == 2 && context.Is(1, "HELP"u8)) Help(context);
        else if (context.ArgumentCount == 2 && context.Is(1, "JMAP"u8)) DebugMemory.Report(context);
        else if (context.Is(1, "RELOAD"u8)) DebugData.Reload(context);
        else if (context.ArgumentCount != 3) Subcommands.WrongNumber(context);
        else if (context.Is(1, "SLEEP"u8)) Sleep(context);
        else if (context.Is(1, "OBJECT"u8)) DebugData.Object(context);
        else if (context.Is(1, "SET-ACTIVE-EXPIRE"u8)) SetActiveExpire(context);
        else if (context.Is(1, "ERROR"u8)) Error(context);
        else if (context.Is(1, "PROTOCOL"u8)) DebugProtocol.Reply(context);
        else if (context.Is(1, "REPLY-LIMIT"u8) || context.Is(1, "WRITE-LIMIT"u8)) SetLimit(context);
        else if (context.Is(1, "WRITE-FAULT"u8)) SetFault(context);
        else Subcommands.WrongNumber(context);
    }

    private static void Error(CommandContext context) => context.Reply.Error(context.Argument(2));

    private static bool IsAllowed(CommandContext context) =>
        context.Session.Has(context.Server.Settings.Current.DebugCommand);

    // Blocks the core of this connection, so that tests see what others do meanwhile.
    private static void Sleep(CommandContext context)
    {
        string text = Encoding.UTF8.GetString(context.Argument(2));
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds);
        if (seconds > 0) context.Server.BlockThread(TimeSpan.FromSeconds(Math.Min(seconds, 3600)));
        context.Reply.Ok();
    }

    // 0 for the limit that holds without this.
    private static void SetLimit(CommandContext context)
    {
        bool ofReplies = context.Is(1, "REPLY-LIMIT"u8);
        long most = ofReplies ? Server.ReplyBytesLimit : Server.WriteBytesLimit;
        if (!Utf8Parser.TryParse(context.Argument(2), out long bytes, out int used)
            || used != context.Argument(2).Length || bytes < 0 || bytes > most)
        {
            context.Reply.Error(ErrorText.NotInteger);
            return;
        }

        if (bytes == 0) bytes = most;
        if (ofReplies) context.Server.ReplyBytesMax = bytes;
        else context.Server.WriteBytesMax = bytes;
        context.Reply.Ok();
    }

    private static void SetFault(CommandContext context)
    {
        if (!Numbers.TryParseInt64(context.Argument(2), out long writes) || writes is < 0 or > int.MaxValue)
        {
            context.Reply.Error(ErrorText.NotInteger);
            return;
        }

        context.Server.WritesUntilFault = (int)writes;
        context.Reply.Ok();
    }

    private static void SetActiveExpire(CommandContext context)
    {
        context.Server.ActiveExpire = !context.Argument(2).SequenceEqual("0"u8);
        context.Reply.Ok();
    }

    private static void Help(CommandContext context) => HelpReply.Write(context, "DEBUG",
    [
        "ERROR <string>",
        "    Return a Redis protocol error with <string> as message. Useful for clients",
        "    unit tests to simulate Redis errors.",
        "JMAP",
        "    Report the memory of the managed heap and the native memory of the cores.",
        "OBJECT <key>",
        "    Show low level info about `key` and associated value.",
        "PROTOCOL <type>",
        "    Reply with a test value of the specified type. <type> can be: string,",
        "    integer, double, bignum, null, array, set, map, attrib, push, verbatim,",
        "    true, false.",
        "RELOAD [NOSAVE] [NOFLUSH] [MERGE]",
        "    Write all changes into run files (not with NOSAVE), then drop from memory every",
        "    record and block that is on disk too, so that what is read next comes from disk.",
        "    No key is removed or added, so NOFLUSH and MERGE change nothing.",
        "REPLY-LIMIT <bytes>",
        "    Set the longest reply of one command or transaction; 0 for just below 2 GB.",
        "SET-ACTIVE-EXPIRE <0|1>",
        "    Setting it to 0 disables expiring keys in background when they are not",
        "    accessed (otherwise the Redis behavior). Setting it to 1 reenables back the",
        "    default.",
        "SLEEP <seconds>",
        "    Block the core that serves this connection.",
        "WRITE-FAULT <count>",
        "    Have the write of that number, counted from 1, fail as by a fault of the server;",
        "    0 for none. A command that has not written before answers an error, else the",
        "    process ends.",
        "WRITE-LIMIT <bytes>",
        "    Set what one command or transaction may write; 0 for just below 2 GB.",
    ]);
}
