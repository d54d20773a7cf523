namespace Hedge.Host.Commands;

/// <summary>The reply to "CONTAINER HELP".</summary>
internal static class HelpReply
{
    /// <summary>
    /// Replies with the headline, the lines (a subcommand's usage, its explanation indented by four spaces)
    /// and the lines on HELP itself.
    /// </summary>
    public static void Write(CommandContext context, string container, ReadOnlySpan<string> lines)
    {
        context.Reply.ArrayHeader(lines.Length + 3);
        ReadOnlySpan<byte> called = context.Argument(0);
        string name = called.IsEmpty ? container : Subcommands.Called(called);
        context.Reply.SimpleString($"{name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
        foreach (string line in lines) context.Reply.SimpleString(line);
        context.Reply.SimpleString("HELP");
        context.Reply.SimpleString("    Prints this help.");
    }
}
