using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Modules;

internal sealed class ModuleHelpCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("MODULE|HELP", 2,
        CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "",
        Since = "5.0.0",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Show helpful text about the different subcommands",
    };

    public static void Execute(CommandContext context) => HelpReply.Write(context, "MODULE",
    [
        "LIST",
        "    Return a list of loaded modules.",
        "LOAD <path> [<arg> ...]",
        "    Load a module library from <path>, passing to it any optional arguments.",
        "LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]",
        "    Load a module library from <path>, while passing it module configurations and optional "
        + "arguments.",
        "UNLOAD <name>",
        "    Unload a module.",
    ]);
}
