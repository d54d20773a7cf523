using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Modules;

internal sealed class ModuleListCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("MODULE|LIST", 2,
        CommandFlags.Admin | CommandFlags.NoScript,
        AclCategory.None)
    {
        Syntax = "",
        Since = "4.0.0",
        Group = "server",
        Complexity = "O(N) where N is the number of loaded modules.",
        Summary = "List all modules loaded by the server",
        Tips = ["nondeterministic_output_order"],
    };

    public static void Execute(CommandContext context) => context.Reply.ArrayHeader(0);
}
