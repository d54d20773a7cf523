using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Modules;

internal sealed class ModuleLoadCommand : ICommand
{
    // As Redis answers while enable-module-command is "no". Here nothing changes that.
    internal const string NotAllowed = "ERR MODULE command not allowed. If the enable-module-command "
        + "option is set to \"local\", you can run it from a local connection, otherwise you need to set "
        + "this option in the configuration file, and then restart the server.";

    public static CommandSpec Spec { get; } = new("MODULE|LOAD", -3,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.NoAsyncLoading,
        AclCategory.None)
    {
        Refusal = NotAllowed,
        Syntax = "path [arg [arg ...]]",
        Since = "4.0.0",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Load a module",
    };

    public static void Execute(CommandContext context) => context.Reply.Error(NotAllowed);
}
