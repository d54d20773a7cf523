using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Connections;

internal sealed class ClientCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLIENT", -2,
        CommandFlags.None,
        AclCategory.None)
    {
        Traits = CommandTraits.KeepsCaching,
        Syntax = "",
        Since = "2.4.0",
        Group = "connection",
        Complexity = "Depends on subcommand.",
        Summary = "A container for client connection commands",
    };

    public static void Execute(CommandContext context) => Subcommands.Unknown(context);
}
