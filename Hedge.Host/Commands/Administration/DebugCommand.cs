using System.Globalization;
using System.Net;
using System.Text;
using Hedge.Host.Settings;

namespace Hedge.Host.Commands.Administration;

internal sealed class DebugCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("DEBUG", -2,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
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
        else if (context.ArgumentCount == 3 && context.Is(1, "SLEEP"u8)) Sleep(context);
        else if (context.ArgumentCount == 3 && context.Is(1, "SET-ACTIVE-EXPIRE"u8)) SetActiveExpire(context);
        else if (context.ArgumentCount == 3 && context.Is(1, "ERROR"u8)) Error(context);
        else Subcommands.WrongNumber(context);
    }

    private static void Error(CommandContext context) => context.Reply.Error(context.Argument(2));

    private static bool IsAllowed(CommandContext context)
    {
        DebugAccess access = context.Server.Settings.Current.DebugCommand;
        return access == DebugAccess.Yes
            || (access == DebugAccess.Local && IPAddress.IsLoopback(context.Session.Remote.Address));
    }

    // Blocks the core of this connection, so that tests see what others do meanwhile.
    private static void Sleep(CommandContext context)
    {
        string text = Encoding.UTF8.GetString(context.Argument(2));
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds);
        if (seconds > 0) context.Server.BlockThread(TimeSpan.FromSeconds(Math.Min(seconds, 3600)));
        context.Reply.Ok();
    }

    private static void SetActiveExpire(CommandContext context)
    {
        context.Server.ActiveExpire = !context.Argument(2).SequenceEqual("0"u8);
        context.Reply.Ok();
    }

    private static void Help(CommandContext context) => Introspection.HelpReply.Write(context, "DEBUG",
    [
        "ERROR <string>",
        "    Answer with an error that has this text.",
        "SET-ACTIVE-EXPIRE <0|1>",
        "    Switch the removal of expired keys that nobody asks for off or on.",
        "SLEEP <seconds>",
        "    Block the core that serves this connection.",
    ]);
}
