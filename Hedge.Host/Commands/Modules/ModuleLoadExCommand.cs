using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Modules;

internal sealed class ModuleLoadExCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("MODULE|LOADEX", -3,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.NoAsyncLoading,
        AclCategory.None)
    {
        Refusal = ModuleLoadCommand.NotAllowed,
        Syntax = "path [CONFIG name value [CONFIG name value ...]] [ARGS <arg> [<arg> ...]]",
        Arguments = "path configs name value args arg",
        Since = "7.0.0",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Load a module with extended parameters",
    };

    public static void Execute(CommandContext context) => context.Reply.Error(ModuleLoadCommand.NotAllowed);
}
