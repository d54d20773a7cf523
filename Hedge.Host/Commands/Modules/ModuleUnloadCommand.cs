using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Modules;

internal sealed class ModuleUnloadCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("MODULE|UNLOAD", 3,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.NoAsyncLoading,
        AclCategory.None)
    {
        Refusal = ModuleLoadCommand.NotAllowed,
        Syntax = "name",
        Since = "4.0.0",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Unload a module",
    };

    public static void Execute(CommandContext context) => context.Reply.Error(ModuleLoadCommand.NotAllowed);
}
