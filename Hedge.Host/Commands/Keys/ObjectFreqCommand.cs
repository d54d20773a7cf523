using Hedge.Host.Declarations;
using Hedge.Host.Settings;
using Hedge.Storage.Records;

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

    public static void Execute(CommandContext context)
    {
        if (!ObjectSubject.TryFind(context, out Record record)) return;
        ServerSettings settings = context.Server.Settings.Current;
        if (settings.CountsFrequency)
            context.Reply.Integer(
                record.FrequencyAt((uint)(context.NowMilliseconds / 1000), settings.Frequencies));
        else
            context.Reply.Error(NotTracked);
    }
}
