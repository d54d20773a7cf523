namespace Hedge.Host.Commands.Keys;

internal sealed class ObjectFreqCommand : ICommand
{
    private const string NotTracked = "ERR An LFU maxmemory policy is not selected, access frequency not "
        + "tracked. Please note that when switching between policies at runtime LRU and LFU data will take "
        + "some time to adjust.";

    public static CommandSpec Spec { get; } = ObjectEncodingCommand.Spec with
    {
        Name = "OBJECT|FREQ",
        Since = "4.0.0",
        Summary = "Get the logarithmic access frequency counter of a Redis object",
    };

    // The only policy is noeviction: there never is a frequency to show.
    public static void Execute(CommandContext context)
    {
        if (ObjectSubject.TryFind(context, out _)) context.Reply.Error(NotTracked);
    }
}
