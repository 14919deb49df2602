function Copy-FailureRecord {
    # A failure's ErrorRecord with other texts: the message of its exception, and what is printed above the recommendation.
    param($Record, $Message, $Text, $Target)

    $exception = $Record.Exception.GetType()::new($Message)
    foreach ($detail in $Record.Exception.Data.Keys) {
        $exception.Data[$detail] = $Record.Exception.Data[$detail]
    }
    $copy = [System.Management.Automation.ErrorRecord]::new(
        $exception, $Record.FullyQualifiedErrorId, $Record.CategoryInfo.Category, $Target)
    $copy.ErrorDetails = [System.Management.Automation.ErrorDetails]::new($Text)
    $copy.ErrorDetails.RecommendedAction = $Record.ErrorDetails.RecommendedAction
    $copy
}
