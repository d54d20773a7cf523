namespace Hedge.Host.Mailboxes;

/// <summary>A rare message between cores, as an object. The receiving core takes them in the order in which
/// the sender sent them.</summary>
internal abstract class ControlMessage;
