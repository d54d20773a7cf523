using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Streams;

internal sealed class XInfoConsumersCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("XINFO|CONSUMERS", 4,
        CommandFlags.ReadOnly,
        AclCategory.Stream,
        KeySpec.At(2, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key groupname",
        Arguments = "key groupname",
        Since = "5.0.0",
        Group = "stream",
        Complexity = "O(1)",
        Summary = "List the consumers in a consumer group",
        Tips = ["nondeterministic_output"],
    };

    public static void Execute(CommandContext context) => StreamInfo.Consumers(context);
}
